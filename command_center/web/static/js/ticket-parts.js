// The parts of a ticket that the desk and the phone both show.

import { deadlineBar, timeLeft } from "./clock.js";
import { h } from "./dom.js";
import { dateTime, say, t, word } from "./language.js";
import { byName } from "./moves.js";

/** Which stage of the loop a state waits for; in all others the work itself is due. */
const STAGES = {
  confirmed: "accept",
  accepted: "dispatch",
  returned: "dispatch",
  dispatched: "acknowledge",
  referred: "acknowledge",
  done: "verify",
  verified: "feed_back",
  fed_back: "rate",
};

/** What is due next: {stage, since, due}, or null while no clock runs. */
export function deadlineOf(ticket) {
  const due = ticket.deadlines?.due_at ?? ticket.due_at;
  if (!due) return null;
  return { stage: STAGES[ticket.state] ?? "handle", since: sinceOf(ticket), due };
}

/**
 * When the clock that runs now began. The marks of the time to handle tell it, suspensions taken
 * out; other stages began with the step into them. A summary knows no more than its creation.
 */
function sinceOf(ticket) {
  const { 50: half, 100: whole } = ticket.deadlines?.marks ?? {};
  if (half && whole && !(ticket.state in STAGES)) {
    return new Date(2 * Date.parse(half) - Date.parse(whole)).toISOString();
  }
  const step = ticket.transitions?.findLast(({ from, to }) => from !== to);
  return step?.at ?? ticket.created_at;
}

/** Words, time left and a bar for what is due next. */
export function deadlineRow(ticket) {
  const deadline = deadlineOf(ticket);
  if (!deadline) return null;
  return h(
    "div.deadline",
    {},
    h(
      "div.deadline-words",
      {},
      h("span", {}, t("ticket.deadline", { stage: word("stage", deadline.stage) })),
      timeLeft(deadline.due, deadline.since),
    ),
    deadlineBar(deadline.since, deadline.due),
  );
}

/** The whole history, oldest first, each line with the short hash that chains it. */
export function historyList(ticket) {
  return h("ol.history", {}, ticket.transitions.map(historyLine));
}

function historyLine(transition) {
  const { label, from, to, reason, note, hash, at, by } = transition;
  const moved = from !== to && to;
  return h(
    `li${by === "system" ? ".system" : ""}`,
    { title: hash },
    h(
      "div.line",
      {},
      h("strong", {}, say(label)),
      h("span.soft", {}, byName(transition)),
      moved && h("span.faint", {}, `${word("state", from)} → ${word("state", to)}`),
    ),
    reason && h("div.said", {}, reason),
    note && h("div.said", {}, note),
    h("div.line", {}, h("time.faint", { datetime: at }, dateTime(at)),
      h("span.hash", {}, hash.slice(0, 8))),
  );
}

/** Why it went to whom it went to, in the router's own words. */
export function routingList(ticket) {
  const why = ticket.routing?.why ?? [];
  return h("ol.why", {}, why.map((reason) => h("li", {}, say(reason))));
}

export function photoStrip(ticket) {
  return h(
    "div.thumbs",
    {},
    ticket.photos.map((photo) =>
      h(
        "a",
        { href: photo.url, target: "_blank", rel: "noopener" },
        h("img", { src: photo.url, alt: t("ticket.photos"), loading: "lazy" }),
      ),
    ),
  );
}

/** The timers of the ticket: when each is due, and which have run out. */
export function timerList(ticket) {
  if (!ticket.timers.length) return h("p.faint", {}, t("ticket.no_timers"));
  return h("ul.timers", {}, ticket.timers.map(timerLine));
}

function timerLine(timer) {
  return h(
    `li${timer.fired_at ? ".fired" : ""}`,
    {},
    h("span", {}, word("timer", timer.kind)),
    timer.fired_at ? h("span.tag.amber", {}, t("ticket.fired")) : timeLeft(timer.due_at),
    h("time.faint", { datetime: timer.due_at }, dateTime(timer.due_at)),
  );
}
