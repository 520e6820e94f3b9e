// Modal dialogs on <dialog>: Escape closes, focus is kept inside and given back.

import { h, icon } from "./dom.js";
import { t } from "./language.js";

/** Open a dialog; `closed` is called once when it has gone, however that came about. */
export function openDialog({ title, body, foot, wide = false, closed = () => {} }) {
  const close = h("button.button.quiet.square", {
    type: "button",
    "aria-label": t("close"),
    onclick: () => dialog.close(),
  }, icon("cross"));
  const heading = h("h2", {}, title);
  const dialog = h(
    wide ? "dialog.dialog.wide" : "dialog.dialog",
    {},
    h("div.dialog-head", {}, heading, close),
    h("div.dialog-body", { tabindex: "-1" }, body),
    foot && h("div.dialog-foot", {}, foot),
  );
  dialog.setAttribute("aria-label", typeof title === "string" ? title : heading.textContent);
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
