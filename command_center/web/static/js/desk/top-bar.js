// The top bar: town, clock, cameras, notices, today's figures, the stream's state, the user.

import { logOut, now } from "../api.js";
import { find, h, icon, show } from "../dom.js";
import { clockTime, dateTime, duration, longDate, say, t, word } from "../language.js";
import { percent } from "../labels.js";
import { renderList } from "../keyed.js";
import { soundIsOn, switchSound } from "./alarms.js";
import { tell } from "../toast.js";

export function topBar({ store }) {
  find("#town").textContent = say(store.town.name);
  document.title = `${say(store.town.name)} · ${t("brand")}`;
  setInterval(showClock, 1000);
  showClock();
  store.addEventListener("cameras", () => showCameras(store.cameras));
  store.addEventListener("notices", () => showNotices(store.notices));
  store.addEventListener("statistics", () => showFigures(store.statistics));
  userMenu(store.me);
}

export function showStreamState(state) {
  const place = find("#stream");
  place.dataset.state = state;
  find("span", place).textContent = t(`stream.${state}`);
}

function showClock() {
  find("#clock").textContent = clockTime(now(), true);
  find("#date").textContent = longDate(now());
}

function showCameras(cameras) {
  const online = cameras.filter(({ state }) => state === "online").length;
  find("#cameras-online").textContent = `${online}/${cameras.length}`;
  find("#camera-strip").dataset.all = String(online === cameras.length);
  renderList(find("#camera-dots"), cameras, {
    key: ({ id }) => id,
    print: (camera) => JSON.stringify([camera.state, camera.since, camera.reason]),
    render: (camera) =>
      h("li", { title: cameraWords(camera) }, h("span.dot", { "data-state": camera.state }),
        h("span.sr-only", {}, cameraWords(camera))),
  });
}

/** Name, state, since when and why: all that is known in one line. */
export function cameraWords(camera) {
  const state = word("camera_state", camera.state);
  const since = camera.since && t("cameras.since", { time: dateTime(camera.since) });
  return [`${say(camera.name)} · ${state}`, since, camera.reason].filter(Boolean).join(" · ");
}

function showNotices(notices) {
  show(find("#notices"), notices.length > 0);
  renderList(find("#notices"), notices, {
    key: ({ id }) => id,
    print: (notice) => JSON.stringify(notice),
    render: (notice) =>
      h("li", { "data-level": notice.level }, icon("warning"), h("span", {}, say(notice.text)),
        h("time.faint", { datetime: notice.since },
          t("cameras.since", { time: dateTime(notice.since) }))),
  });
}

function showFigures(today) {
  const { alerts, tickets, ontime, confirm_seconds: confirm } = today;
  const figures = [
    ["alerts", alerts.opened],
    ["precision", shareOf(alerts.precision)],
    ["open", tickets.open_now],
    ["overdue", tickets.overdue_now],
    ["ontime", shareOf(ontime)],
    ["confirm", confirm.p50 == null ? "–" : duration(confirm.p50)],
  ];
  const shown = figures.map(([name, value]) =>
    h("div", {}, h("dt", {}, t(`desk.figure.${name}`)), h("dd", {}, String(value))),
  );
  find("#figures").replaceChildren(...shown);
}

/** A share with what it is a share of: 100 % of one says little. */
function shareOf({ count, of, share }) {
  return of ? `${percent(share)} (${count}/${of})` : "–";
}

function userMenu(me) {
  find("#user-name").textContent = say(me.person.name);
  find("#user-roles").textContent = me.person.roles
    .map((role) => word("role", role)).join(t("separator"));
  const sound = find("#sound");
  const showSound = () => {
    sound.replaceChildren(icon(soundIsOn() ? "sound" : "mute"),
      t(soundIsOn() ? "menu.sound_off" : "menu.sound_on"));
    sound.setAttribute("aria-pressed", String(soundIsOn()));
  };
  sound.addEventListener("click", () => {
    switchSound();
    showSound();
  });
  showSound();
  find("#log-out").addEventListener("click", () => logOut().catch(tell));
}
