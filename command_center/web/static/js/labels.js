// How the things of the town are shown: their pictures, colours and short texts.

import { h } from "./dom.js";
import { say, t, word } from "./language.js";

const PICTURED = new Set(["fire", "smoke", "lane_blocked", "gathering", "camera_offline"]);
const SMOKES = new Set(["smoke_sensor", "gas_leak"]);
const BLOCKED = new Set(["fire_lane_blocked", "illegal_parking"]);
const OF_CAMERAS = /^camera_(frozen|covered|blurred|moved)$/;
const STATE_COLOURS = {
  dispatched: "amber",
  returned: "amber",
  rework: "red",
  acknowledged: "blue",
  handling: "blue",
  done: "brand",
  verified: "green",
  fed_back: "green",
  rated: "green",
};

export function eventIcon(code) {
  if (PICTURED.has(code)) return code;
  if (BLOCKED.has(code)) return "lane_blocked";
  if (OF_CAMERAS.test(code)) return "camera_offline";
  if (SMOKES.has(code)) return "smoke";
  return code === "open_burning" ? "fire" : "event";
}

export function urgencyTag(urgency) {
  return urgency === "urgent" && h("span.tag.urgent", {}, word("urgency", urgency));
}

export function stateTag(state) {
  const colour = STATE_COLOURS[state];
  return h(`span.tag${colour ? `.${colour}` : ""}`, {}, word("state", state));
}

/** Camera and zone, or sensor, in words: what an operator needs to know where to look. */
export function placeOf(alert) {
  const names = [alert.zone_name, alert.camera_name, alert.sensor_name];
  const parts = names.map((name) => name && say(name)).filter(Boolean);
  return [...new Set(parts)].join(" · ") || alert.camera_id || alert.sensor_id;
}

/** A measured value, or its limit, with the unit. */
export function amount(value, { unit, per_minute: rate }) {
  const number = Number(value.toPrecision(4));
  return [number, [unit, rate && t("alert.a_minute")].filter(Boolean).join("")]
    .filter((part) => part !== "").join(" ");
}

export function assigneeName(ticket) {
  if (ticket.assignee) return say(ticket.assignee.name);
  return say(ticket.department_name) || t("tickets.nobody");
}

export function isUrgent(thing) {
  return thing.urgency === "urgent";
}

export function percent(fraction) {
  return fraction == null ? "–" : `${Math.round(fraction * 100)}%`;
}

export function coordinates(position) {
  return `${position.lat.toFixed(5)}, ${position.lon.toFixed(5)}`;
}

export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value != null && value !== "" && value !== false);
  return h("dl.facts", {}, shown.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}
