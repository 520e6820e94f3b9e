// Short messages that go by themselves. Errors are told at once, the rest when there is quiet.

import { Problem } from "./api.js";
import { h } from "./dom.js";
import { t } from "./language.js";

const STAYS = 6000;
let polite;
let urgent;
let stack;

function regions() {
  if (stack) return;
  polite = h("div.sr-only", { "aria-live": "polite" });
  urgent = h("div.sr-only", { "aria-live": "assertive" });
  stack = h("div.toasts", { popover: "manual" });
  document.body.append(polite, urgent, stack);
}

/** Say something to screen readers alone. */
export function announce(text, { atOnce = false } = {}) {
  regions();
  (atOnce ? urgent : polite).textContent = text;
}

export function toast(text, kind = "") {
  announce(text, { atOnce: kind === "bad" });
  const message = h(`div.toast${kind ? `.${kind}` : ""}`, {}, text);
  stack.append(message);
  // In the top layer, and again on top of a dialog that was opened since.
  if (stack.matches(":popover-open")) stack.hidePopover();
  stack.showPopover();
  setTimeout(() => dismiss(message), STAYS);
}

function dismiss(message) {
  message.remove();
  if (!stack.childElementCount && stack.matches(":popover-open")) stack.hidePopover();
}

/** An error's words for people. What is no Problem is a fault of ours and goes on to the console. */
export function words(error) {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 0) return t("error.offline");
  if (error.status === 403) return t("error.forbidden", { detail: error.message });
  if (error.status === 413) return t("error.too_large");
  return error.message;
}

export function tell(error) {
  toast(words(error), "bad");
}
