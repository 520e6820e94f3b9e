// A secret that is shown once: until the dialog is closed.

import { openDialog } from "../dialog.js";
import { h } from "../dom.js";
import { t } from "../language.js";

export function showSecret(value, closed) {
  openDialog({
    title: t("connections.secret"),
    body: h("div.form", {}, h("p.secret", { id: "secret" }, value),
      h("p.soft", {}, t("connections.secret_hint"))),
    closed,
  });
}
