// The right column: tickets by where they stand in the loop, with what is due.

import { find, h, empty, icon, show } from "../dom.js";
import { renderList } from "../keyed.js";
import { assigneeName, eventIcon, isUrgent, stateTag, urgencyTag } from "../labels.js";
import { say, t } from "../language.js";
import { deadlineRow } from "../ticket-parts.js";

const GROUPS = {
  dispatch: ["confirmed", "accepted", "returned", "referred"],
  acknowledge: ["dispatched"],
  handle: ["acknowledged", "handling", "rework", "suspended"],
  verify: ["done"],
  feedback: ["verified", "fed_back", "rated"],
  closed: ["archived", "rejected"],
};
const CLOSED_SHOWN = 20;

export function ticketBoard({ store, openTicket }) {
  const column = find("#tickets");
  const search = find("#ticket-search");
  const groups = Object.keys(GROUPS).map((name) => group(name));
  find("#ticket-groups").append(...groups.map(({ element }) => element));
  show(column, store.may("see_all_tickets"));
  store.addEventListener("tickets", draw);
  search.addEventListener("input", draw);

  function draw() {
    find("#tickets-loading").hidden = true;
    const tickets = [...store.tickets.values()].filter(matches(search.value)).sort(urgentThenOld);
    for (const { name, draw: drawGroup } of groups) {
      const mine = tickets.filter(({ state }) => GROUPS[name].includes(state));
      drawGroup(name === "closed" ? mine.reverse().slice(0, CLOSED_SHOWN) : mine, openTicket);
    }
    const nothing = find("#tickets-empty");
    nothing.replaceChildren(empty("ticket", t("tickets.none"), t("tickets.none_hint")));
    show(nothing, tickets.length === 0);
  }
}

function matches(words) {
  const wanted = words.trim().toLowerCase();
  return (ticket) =>
    [ticket.number, ticket.title, ticket.place, say(ticket.name), assigneeName(ticket)]
      .join(" ").toLowerCase().includes(wanted);
}

function urgentThenOld(a, b) {
  return Number(isUrgent(b)) - Number(isUrgent(a)) ||
    Date.parse(a.created_at) - Date.parse(b.created_at);
}

function group(name) {
  const count = h("span.count");
  const list = h("div.ticket-list", { role: "list" });
  const element = h(
    "details.ticket-group",
    { open: name !== "closed", "data-group": name },
    h("summary", {}, icon("next"), h("span", {}, t(`tickets.group.${name}`)), count),
    list,
  );
  return {
    name,
    element,
    draw(tickets, openTicket) {
      count.textContent = tickets.length;
      show(element, tickets.length > 0);
      renderList(list, tickets, {
        key: ({ id }) => id,
        print: (ticket) => JSON.stringify(ticket),
        render: (ticket) => card(ticket, openTicket, GROUPS[name].length > 1),
      });
    },
  };
}

function supervision({ supervision: level }) {
  return level > 0 && h("span.tag.amber", {}, t("ticket.supervision", { level }));
}

/** The state is said only where its group does not say it already. */
function card(ticket, openTicket, withState) {
  return h(
    `button.ticket-card${isUrgent(ticket) ? ".urgent" : ""}`,
    { type: "button", "data-ticket": ticket.id, onclick: () => openTicket(ticket.id) },
    h("span.line", {}, icon(eventIcon(ticket.event_type)), h("strong.clip", {}, say(ticket.name)),
      urgencyTag(ticket.urgency), supervision(ticket), withState && stateTag(ticket.state)),
    h("span.line.soft", {}, h("span.clip", {}, ticket.place || ticket.title)),
    h("span.line.faint", {}, h("span.mono", {}, ticket.number),
      h("span.assignee.clip", {}, icon("user"), assigneeName(ticket))),
    deadlineRow(ticket),
  );
}
