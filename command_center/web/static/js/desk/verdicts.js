// What operators found of a camera's alerts: how often each of its rules was right, and why not.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { say, t } from "../language.js";
import { tell } from "../toast.js";

/** A block that fills itself when the figures have come. */
export function verdictsOf(camera) {
  const block = h("div.camera-facts.verdicts");
  get("/verdicts", { camera }).then(({ items }) => {
    const current = items.filter(({ newest }) => newest);
    replace(block, current.length > 0 && [h("h3", {}, t("verdicts.title")), current.map(row)]);
  }).catch(tell);
  return block;
}

function row(one) {
  const reasons = one.reasons.map(({ reason, count }) => `${reason} ×${count}`).join("，");
  return h("div.verdict", { "data-event": one.event_type },
    h("div.line", {}, h("strong", {}, say(one.event_name)),
      one.zone_name && h("span.faint", {}, say(one.zone_name)),
      h("span", {}, precisionWords(one)),
      h("span.faint", {}, t("verdicts.false_a_day", { count: one.false_per_camera_day.toFixed(1) }))),
    reasons && h("p.faint", {}, reasons),
    one.advice && h("p.reason", {}, say(one.advice)));
}

function precisionWords({ precision, real, false: wrong }) {
  if (!precision) return t("verdicts.none");
  const [share, low, high] = [precision.share, precision.low, precision.high]
    .map((each) => Math.round(100 * each));
  return t("verdicts.precision", { real, judged: real + wrong, share, low, high });
}
