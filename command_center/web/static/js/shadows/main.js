// For engineers: rules on trial beside those in force, with what only one of the two saw.

import { get, now, session } from "../api.js";
import { empty, find, h, replace, show } from "../dom.js";
import { dateTime, say, setTimeZone, t, translatePage, word } from "../language.js";
import { tell } from "../toast.js";

const DAY = 86_400_000;
const COLOURS = { both: "green", only_old: "amber", only_new: "blue" };
const names = new Map(); // event type → its names

translatePage();
start().catch(tell);

async function start() {
  await session();
  const [town, catalogue] = await Promise.all([get("/town"), get("/catalogue")]);
  setTimeZone(town.timezone);
  for (const type of catalogue.items) names.set(type.code, type.name);
  const period = find("#period");
  period.addEventListener("change", () => draw(Number(period.value)).catch(tell));
  await draw(Number(period.value));
}

async function draw(days) {
  const since = new Date(now() - days * DAY).toISOString();
  const found = await get("/shadows", { since });
  replace(find("#shadow-list"), found.shadows.map(card));
  const skipped = find("#skipped");
  skipped.textContent = t("shadows.skipped", { skipped: found.skipped, scans: found.scans });
  show(skipped, found.skipped > 0);
  const nothing = find("#shadows-empty");
  replace(nothing, empty("camera", t("shadows.none"), t("shadows.none_hint")));
  show(nothing, found.shadows.length === 0);
}

function card(shadow) {
  const knobs = Object.entries(shadow.knobs).map(([knob, value]) =>
    h("span.tag", {}, `${knob}: ${typeof value === "object" ? JSON.stringify(value) : value}`));
  return h("section.page-card", { "data-shadow": shadow.name },
    h("header.line", {},
      h("h2", {}, `${say(shadow.camera_name)} · ${say(shadow.zone_name)}`),
      h("span.faint", {}, shadow.rule), h("strong", {}, shadow.name), knobs),
    h("dl.shadow-figures", {},
      figure("both", shadow.both), figure("only_old", shadow.only_old),
      figure("only_new", shadow.only_new), figure("open_yet", shadow.open_yet),
      figure("delay", later(shadow.median_delay))),
    h("p.faint", {}, t("shadows.since", { time: dateTime(shadow.since) })),
    h("div.shadow-cases", {}, shadow.cases.map(caseOf)));
}

function figure(what, value) {
  const colour = COLOURS[what];
  return h("div", {}, h("dt.faint", {}, word("shadow_seen", what)),
    h(colour && value ? `dd.${colour}` : "dd", {}, String(value)));
}

function caseOf(one) {
  const told = one.old ?? one.new;
  const alert = one.old?.alert_id;
  return h("article.shadow-case", { "data-seen": one.seen },
    one.seen !== "both" && picture(told),
    h("div.line", {}, h(`span.tag.${COLOURS[one.seen]}`, {}, word("shadow_seen", one.seen)),
      h("strong.clip", {}, say(names.get(one.event_type)) || one.event_type)),
    h("p.faint", {}, [dateTime(told.told_at), t("shadows.confidence",
      { percent: Math.round(100 * told.confidence) }), one.delay != null && later(one.delay)]
      .filter(Boolean).join(" · ")),
    alert && h("a", { href: `/#alert-${alert}` }, t("shadows.alert", { id: alert })));
}

/** Asked for when it comes into view: each look at a camera stands in the access log. */
function picture({ event_id: id, snapshot }) {
  return snapshot
    ? h("img", { src: `/api/v1/shadows/snapshots/${id}`, loading: "lazy", alt: t("shadows.picture") })
    : h("p.no-picture.faint", {}, t("shadows.no_picture"));
}

function later(seconds) {
  if (seconds == null) return "–";
  const count = Math.round(Math.abs(seconds));
  if (count === 0) return t("shadows.same");
  return t(seconds > 0 ? "shadows.later" : "shadows.earlier", { seconds: count });
}
