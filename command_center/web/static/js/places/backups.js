// Who could stand in for whom.

import { h } from "../dom.js";
import { t } from "../language.js";

/** `take` is called with lines of a CSV, code and worker_b. */
export function backupTable(proposals, take) {
  const lines = proposals.filter((one) => one.worker_b).map((one) => `${one.grid},${one.worker_b}`);
  return [
    h("table.places-table", {},
      h("thead", {}, h("tr", {}, ["places.grid", "places.worker_b", "places.because"].map((key) =>
        h("th", {}, t(key))))),
      h("tbody", {}, proposals.map((one) => h("tr", { "data-grid": one.grid },
        h("td", {}, one.grid), h("td", {}, one.worker_b ?? t("places.nobody")),
        h("td.faint", {}, because(one)))))),
    lines.length > 0 && h("button.button", { type: "button", id: "take-backups",
      onclick: () => take(lines) }, t("places.take")),
  ];
}

function because({ worker_b: login, neighbour: grid, border_m: border, distance_m: distance }) {
  if (!login) return "";
  if (border) return t("places.border", { grid, metres: Math.round(border) });
  if (distance) return t("places.apart", { grid, metres: Math.round(distance) });
  return t("places.below", { grid });
}
