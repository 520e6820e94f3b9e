// One camera large: its picture every few seconds, its zones over it, how it is and why.

import { openDialog } from "../dialog.js";
import { h, icon, replace, setVars, svg } from "../dom.js";
import { clockTime, dateTime, say, t, word } from "../language.js";
import { fadeIn } from "./stills.js";
import { verdictsOf } from "./verdicts.js";

const ADVISED = new Set(["flapping", "frozen", "black", "moved", "blurred"]);

export function openCamera(id, { store, stills, select }) {
  const camera = () => store.cameras.find((each) => each.id === id);
  const zones = h("div.still-zones", {}, outlines(camera()), camera().zones.map(zoneName));
  const taken = h("span.still-time");
  const frame = h("div.camera-picture.large", {}, icon("camera"), zones, taken);
  const facts = h("div.camera-facts");
  const verdicts = store.may("see_statistics") && verdictsOf(id);
  const body = h("div.camera-view", {}, frame, facts, verdicts);

  const dialog = openDialog({ title: say(camera().name), body, wide: true, closed });
  stills.addEventListener("still", onStill);
  store.addEventListener("cameras", draw);
  draw();
  if (stills.of(id)) take(stills.of(id));
  stills.enlarge(id);

  function closed() {
    stills.removeEventListener("still", onStill);
    store.removeEventListener("cameras", draw);
    stills.enlarge(null);
  }

  function onStill({ detail }) {
    if (detail.id === id) take(detail);
  }

  async function take(still) {
    taken.textContent = clockTime(still.at, true);
    await fadeIn(frame, still);
    const shown = frame.querySelector("img.still");
    if (shown) setVars(frame, { "--ratio": shown.naturalWidth / shown.naturalHeight });
  }

  function draw() {
    if (!camera()) return dialog.close();
    frame.dataset.state = camera().state;
    const alert = newestAlert(store.alerts.values(), id);
    replace(
      facts,
      h("div.line", {}, stateBadge(camera()), h("span.faint", {}, word("level", camera().level)),
        h("span.faint", {}, camera().since
          ? t("cameras.since", { time: dateTime(camera().since) }) : t("cameras.never")),
        camera().shard && h("span.faint", {}, camera().shard)),
      adviceLine(camera()),
      camera().reason && ADVISED.has(camera().state) && h("p.faint", {}, camera().reason),
      h("div.line", {}, zoneSwitch(zones), alert && alertButton(alert)),
      h("p.faint", {}, t("cameras.logged")),
    );
  }

  function alertButton(alert) {
    const open = () => {
      dialog.close();
      select(alert.id);
    };
    return h("button.button.quiet", { type: "button", onclick: open },
      icon("bell"), `${t("cameras.last_alert")} · ${say(alert.name)}`);
  }
}

/** What to do about it: in the reader's language where the state says it all, else the reason. */
export function adviceLine(camera) {
  const advice = ADVISED.has(camera.state) ? word("camera_advice", camera.state) : camera.reason;
  return advice && h("p.reason", { title: camera.reason }, advice);
}

export function stateBadge(camera) {
  return h("span.camera-state", {}, h("span.dot", { "data-state": camera.state }),
    word("camera_state", camera.state));
}

function outlines({ zones }) {
  const shapes = zones.map(({ polygon }) => svg("polygon", {
    points: polygon.map(([x, y]) => `${100 * x},${100 * y}`).join(" "),
  }));
  return svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" },
    ...shapes);
}

/** A zone's name at the middle of its upper edge. */
function zoneName({ name, polygon }) {
  const xs = polygon.map(([x]) => x);
  const x = (Math.max(...xs) + Math.min(...xs)) / 2;
  const y = Math.max(0.04, Math.min(...polygon.map(([, each]) => each)));
  return h("span.zone-name", { vars: { "--x": x, "--y": y } }, say(name));
}

function zoneSwitch(zones) {
  const box = h("input", { type: "checkbox", checked: !zones.hidden });
  box.addEventListener("change", () => {
    zones.hidden = !box.checked;
  });
  return h("label.check", {}, box, t("cameras.show_zones"));
}

function newestAlert(alerts, id) {
  return [...alerts]
    .filter(({ camera_id }) => camera_id === id)
    .sort((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at))[0];
}
