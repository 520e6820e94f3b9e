// Elements that count: how old something is, how long is left, how far a deadline has come.
// They follow one shared second; whatever leaves the page stops counting.

import { now } from "./api.js";
import { h, setVars } from "./dom.js";
import { duration, roughDuration, shortDuration, t } from "./language.js";

const NEAR = 0.2; // a fifth is left: the 80 % mark of the closed loop
const counting = new Set();

setInterval(() => {
  for (const element of counting) element.tick();
}, 1000);

class Counting extends HTMLElement {
  connectedCallback() {
    counting.add(this);
    this.tick();
  }

  disconnectedCallback() {
    counting.delete(this);
  }

  moment(name) {
    return Date.parse(this.getAttribute(name) ?? "");
  }
}

class TimeAge extends Counting {
  tick() {
    const seconds = (now() - this.moment("since")) / 1000;
    const time = this.hasAttribute("short") ? roughDuration(seconds) : duration(seconds);
    this.title = t("time.ago", { time });
    this.textContent = this.hasAttribute("bare") ? time : this.title;
  }
}

class TimeLeft extends Counting {
  tick() {
    const left = (this.moment("due") - now()) / 1000;
    const inWords = this.hasAttribute("short") ? shortDuration : duration;
    this.textContent = left < 0 ? t("time.over", { time: inWords(-left) }) : inWords(left);
    this.dataset.level = left < 0 ? "over" : isNear(this, left) ? "near" : "";
  }
}

function isNear(element, left) {
  const whole = (element.moment("due") - element.moment("since")) / 1000;
  return Number.isFinite(whole) && left < whole * NEAR;
}

class DeadlineBar extends Counting {
  tick() {
    const [since, due] = [this.moment("since"), this.moment("due")];
    const spent = Math.max(0, (now() - since) / Math.max(1, due - since));
    setVars(this, { "--spent": spent.toFixed(4) });
    this.dataset.level = spent >= 1 ? "over" : spent >= 0.8 ? "near" : spent >= 0.5 ? "half" : "";
  }
}

customElements.define("time-age", TimeAge);
customElements.define("time-left", TimeLeft);
customElements.define("deadline-bar", DeadlineBar);

/** `bare` without "ago", where a card has no room for it. */
export function age(since, { short = false, bare = false } = {}) {
  return h("time-age", { since, short, bare });
}

export function timeLeft(due, since, { short = false } = {}) {
  return h("time-left", { due, since, short });
}

/** A bar from `since` to `due` with ticks at 50 and 80 %; past its end it is red. */
export function deadlineBar(since, due) {
  const ticks = [0.5, 0.8].map((mark) => h("i", { vars: { "--mark": mark } }));
  return h("deadline-bar", { since, due, "aria-hidden": "true" }, ...ticks);
}
