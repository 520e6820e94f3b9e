// Why something is a false alarm: chips for what is common, a line for what is not.

import { openDialog } from "../dialog.js";
import { h } from "../dom.js";
import { textField } from "../fields.js";
import { t } from "../language.js";

const COMMON = ["light", "temporary", "work", "normal", "steam", "shake", "animal", "drill"];

/** Ask for the reason; `decided(reason)` is called once there is one. */
export function openRejection(decided) {
  const chosen = new Set();
  const more = textField(t("alert.reason_more"), true);
  const chips = h("div.chips", { role: "group", "aria-label": t("alert.reason") },
    COMMON.map((code) => chip(t(`reason.${code}`), chosen)));
  const send = h("button.button.danger", { type: "button", onclick: submit }, t("alert.reject"));
  const dialog = openDialog({
    title: t("alert.reason"),
    body: [chips, more.element],
    foot: send,
  });

  function submit() {
    const reason = [...chosen, more.read()].filter(Boolean).join(t("separator"));
    if (!reason) return more.fail(t("alert.reason_needed"));
    dialog.close();
    return decided(reason);
  }
}

function chip(words, chosen) {
  const button = h("button.chip", { type: "button", "aria-pressed": "false" }, words);
  button.addEventListener("click", () => {
    const on = !chosen.delete(words);
    if (on) chosen.add(words);
    button.setAttribute("aria-pressed", String(on));
  });
  return button;
}
