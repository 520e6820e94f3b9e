// A list, or a word that there is nothing in it.

import { empty, find, replace } from "../dom.js";
import { t } from "../language.js";

export function fill(place, rows) {
  replace(find(place), rows.length ? rows : empty("check", t("connections.none"), ""));
}
