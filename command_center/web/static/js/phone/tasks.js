// The list of tasks: what waits for me, urgent first, and what is behind me.

import { get } from "../api.js";
import { age } from "../clock.js";
import { empty, h, icon, replace } from "../dom.js";
import { eventIcon, isUrgent, stateTag, urgencyTag } from "../labels.js";
import { say, t } from "../language.js";
import { deadlineRow } from "../ticket-parts.js";

const SHOWN = 100;
/** In these states it is the handler who has to do something. */
const TO_DO = new Set(["dispatched", "acknowledged", "handling", "rework", "suspended",
  "referred"]);
let segment = "todo";

/** Fill `container` with the list; `state` is {outbox, me}. */
export async function showTasks(container, { outbox, me }) {
  const [mine, all] = await Promise.all([
    get("/tickets", { mine: true, limit: SHOWN }),
    get("/tickets", { limit: SHOWN }),
  ]);
  const todo = mine.items.filter(({ state }) => TO_DO.has(state)).sort(urgentThenDue);
  const ids = new Set(todo.map(({ id }) => id));
  const lists = { todo, finished: all.items.filter(({ id }) => !ids.has(id)) };
  draw();

  function draw() {
    replace(
      container,
      h("div.segments", { role: "tablist" }, Object.keys(lists).map(tab)),
      h("div.task-list", {}, lists[segment].map((ticket) => card(ticket, { outbox, me }))),
      lists[segment].length === 0 && nothing(),
    );
  }

  function tab(name) {
    return h("button", {
      type: "button",
      role: "tab",
      "aria-selected": String(name === segment),
      onclick: () => {
        segment = name;
        draw();
      },
    }, t(`phone.${name}`), " ", h("span.count", {}, lists[name].length));
  }
}

function nothing() {
  return segment === "todo"
    ? empty("calm", t("phone.none"), t("phone.none_hint"))
    : empty("ticket", t("phone.none_finished"));
}

function urgentThenDue(a, b) {
  return Number(isUrgent(b)) - Number(isUrgent(a)) ||
    (Date.parse(a.due_at) || Infinity) - (Date.parse(b.due_at) || Infinity);
}

function card(ticket, { outbox, me }) {
  const waiting = outbox.of(ticket.id);
  const offered = segment === "todo" && ticket.assignee && ticket.assignee.login !== me.person.login;
  return h(
    `a.task${isUrgent(ticket) ? ".urgent" : ""}`,
    { href: `#/task/${ticket.id}`, "data-ticket": ticket.id },
    h("span.badge", {}, icon(eventIcon(ticket.event_type))),
    h(
      "span.task-words",
      {},
      h("span.line", {}, h("strong.clip", {}, say(ticket.name)), urgencyTag(ticket.urgency),
        stateTag(ticket.state)),
      h("span.soft.clip", {}, ticket.place || ticket.title),
      h("span.line.faint", {}, age(ticket.created_at, { short: true }),
        offered && h("span.tag.blue", {}, t("phone.offered")),
        waiting && h("span.tag.amber", {}, t("phone.unsent_one", { move: say(waiting.label) }))),
      segment === "todo" && deadlineRow(ticket),
    ),
  );
}
