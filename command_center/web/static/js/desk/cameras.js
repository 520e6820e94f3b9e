// The wall: every camera with its state and what it sees, the ones in trouble first.

import { empty, find, h, icon, show } from "../dom.js";
import { renderList } from "../keyed.js";
import { clockTime, dateTime, say, t, word } from "../language.js";
import { adviceLine, openCamera, stateBadge } from "./camera-dialog.js";
import { fadeIn, Stills } from "./stills.js";

const WORST_FIRST = ["offline", "unauthorised", "unsupported", "stalled", "flapping", "black",
  "frozen", "moved", "blurred", "connecting", "unknown", "online", "disabled"];
const SEEING = new Set(["online", "flapping", "black", "frozen", "moved", "blurred"]);

export function cameraWall({ store, select }) {
  const wall = find("#camera-wall");
  const stills = new Stills(isSeeing, store.may("see_stills"));
  store.addEventListener("cameras", draw);
  stills.addEventListener("still", ({ detail }) => {
    const tile = wall.querySelector(`[data-camera="${CSS.escape(detail.id)}"]`);
    if (tile) put(tile, detail);
  });

  function isSeeing(id) {
    return store.cameras.some((camera) => camera.id === id && SEEING.has(camera.state));
  }

  function draw() {
    renderList(wall, [...store.cameras].sort(worstFirst), {
      key: ({ id }) => id,
      print: JSON.stringify,
      render: (camera) => tile(camera, stills.of(camera.id), open),
    });
    stills.watch(wall.children);
    const nothing = find("#cameras-empty");
    nothing.replaceChildren(empty("camera", t("cameras.none"), t("cameras.none_hint")));
    show(nothing, store.cameras.length === 0);
  }

  function open(id) {
    openCamera(id, { store, stills, select });
  }
}

function worstFirst(a, b) {
  return WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) || a.id.localeCompare(b.id);
}

function tile(camera, still, open) {
  const picture = h("button.camera-picture", {
    type: "button",
    "data-state": camera.state,
    "aria-label": t("cameras.look", { name: say(camera.name) }),
    onclick: () => open(camera.id),
  }, icon(camera.state === "offline" ? "camera_offline" : "camera"), h("span.still-time"));
  const made = h(
    "article.camera",
    { "data-state": camera.state, "data-camera": camera.id },
    picture,
    h("div.line", {}, h("strong.clip", { title: say(camera.name) }, say(camera.name)),
      stateBadge(camera)),
    h("p.faint.clip", {}, since(camera)),
    adviceLine(camera),
  );
  if (still) put(made, still);
  return made;
}

function put(tile, still) {
  fadeIn(find(".camera-picture", tile), still);
  find(".still-time", tile).textContent = clockTime(still.at, true);
}

function since(camera) {
  const place = [word("level", camera.level), t("cameras.zones", { count: camera.zones.length })];
  const since = camera.since ? t("cameras.since", { time: dateTime(camera.since) })
    : t("cameras.never");
  const parts = camera.state === "online" ? [...place, since] : [since, ...place];
  return parts.join(" · ");
}
