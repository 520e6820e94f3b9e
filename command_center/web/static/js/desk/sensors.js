// The sensors: what each one measures now, the ones in trouble first.

import { find, h, show } from "../dom.js";
import { renderList } from "../keyed.js";
import { dateTime, say, t, word } from "../language.js";

const WORST_FIRST = ["offline", "silent", "waiting", "unknown", "online", "disabled"];
const READ_AGAIN = 5000; // milliseconds: values are no news on the stream, states are

export function sensorList({ store }) {
  const list = find("#sensor-list");
  store.addEventListener("sensors", draw);
  setInterval(() => document.hidden || store.refreshSensors(), READ_AGAIN);

  function draw() {
    show(find("#sensors"), store.sensors.length > 0);
    renderList(list, [...store.sensors].sort(worstFirst), {
      key: ({ id }) => id,
      print: JSON.stringify,
      render: row,
    });
  }
}

function worstFirst(a, b) {
  return WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) || a.id.localeCompare(b.id);
}

function row(sensor) {
  return h(
    "li.sensor",
    { "data-state": sensor.state, "data-sensor": sensor.id, title: sensorWords(sensor) },
    h("span.camera-state", {}, h("span.dot", { "data-state": dotOf(sensor) }),
      word("sensor_state", sensor.state)),
    h("span.clip", {}, say(sensor.name)),
    h("strong.mono", {}, valueOf(sensor)),
    sensor.reason && h("span.reason", {}, sensor.reason),
  );
}

/** The newest value with its unit. */
export function valueOf({ value, unit }) {
  return value == null ? "–" : [Number(value.toPrecision(4)), unit].filter(Boolean).join(" ");
}

/** The camera's state that has the same colour. */
export function dotOf({ state }) {
  return { silent: "offline", waiting: "connecting" }[state] ?? state;
}

export function sensorWords(sensor) {
  const at = sensor.at && t("sensors.at", { time: dateTime(sensor.at) });
  const state = word("sensor_state", sensor.state);
  return [`${say(sensor.name)} ${valueOf(sensor)}`, at, state, sensor.reason]
    .filter(Boolean).join(" · ");
}
