// One ticket in full: what, where, who and why, its timers, its history, and what may be done.

import { get } from "../api.js";
import { busy } from "../busy.js";
import { openDialog } from "../dialog.js";
import { h, icon } from "../dom.js";
import { moveForm } from "../fields.js";
import { assigneeName, coordinates, facts, stateTag, urgencyTag } from "../labels.js";
import { dateTime, say, t, word } from "../language.js";
import { afterRace, makeMove } from "../moves.js";
import {
  deadlineRow,
  historyList,
  photoStrip,
  routingList,
  timerList,
} from "../ticket-parts.js";
import { tell, toast, words } from "../toast.js";

/** Open ticket `id`; it follows the store while it is open. */
export async function openTicket(store, id, selectAlert) {
  const body = h("div.ticket-view");
  const title = h("span", {}, t("loading"));
  const dialog = openDialog({ title, body, wide: true, closed });
  dialog.dataset.ticket = id;
  store.addEventListener("tickets", draw);
  let printed = "";
  try {
    store.keepTicket(await get(`/tickets/${id}`));
  } catch (error) {
    tell(error);
    dialog.close();
  }

  function closed() {
    store.removeEventListener("tickets", draw);
  }

  function draw() {
    const ticket = store.tickets.get(id);
    const print = JSON.stringify(ticket);
    if (!ticket?.transitions || print === printed) return;
    printed = print;
    title.replaceChildren(`${say(ticket.name)} `, h("span.mono.faint", {}, ticket.number), " ",
      urgencyTag(ticket.urgency) || "", " ", stateTag(ticket.state));
    body.replaceChildren(main(ticket), past(ticket));
  }

  function main(ticket) {
    return h(
      "div.ticket-main",
      {},
      deadlineRow(ticket),
      moves(ticket),
      h("section", {}, h("h3", {}, t("ticket.description")),
        h("p.wrap-anywhere", {}, ticket.description || ticket.title)),
      ticketFacts(ticket),
      h("section", {}, h("h3", {}, t("ticket.routing")), routingList(ticket)),
      ticket.photos.length > 0 &&
        h("section", {}, h("h3", {}, t("ticket.photos")), photoStrip(ticket)),
      ticket.alert_id && h("button.button", {
        type: "button",
        onclick: () => {
          dialog.close();
          selectAlert(ticket.alert_id);
        },
      }, icon("camera"), t("ticket.from_alert")),
    );
  }

  function moves(ticket) {
    const place = h("div.move-form");
    const buttons = [...ticket.moves].sort(mainFirst).map((move) => {
      const kind = move.primary ? ".primary" : move.danger ? ".danger" : "";
      return h(`button.button${kind}`, {
        type: "button",
        "data-move": move.move,
        onclick: ({ currentTarget }) => begin(currentTarget, ticket, move, place),
      }, say(move.label));
    });
    return h("section.ticket-moves", {}, h("h3", {}, t("ticket.moves")),
      buttons.length ? h("div.move-buttons", {}, buttons) : h("p.faint", {}, t("ticket.no_moves")),
      place);
  }

  async function begin(button, ticket, move, place) {
    if (!move.needs.length) {
      return busy(button, () => finish(ticket, move, { values: {}, photos: [] }), failed);
    }
    const people = move.needs.includes("assignee") ? (await get("/people")).items : [];
    const form = moveForm(move, { people, departments: store.town.departments });
    const send = h("button.button.primary", { type: "button" }, say(move.label));
    send.addEventListener("click", () => {
      const filled = form.read();
      if (!filled) return undefined;
      return busy(send, () => finish(ticket, move, filled, form.progress), (error) => {
        if (error.status !== 422 || !form.fail(error.field, words(error))) return failed(error);
        return undefined;
      });
    });
    const cancel = h("button.button.quiet",
      { type: "button", onclick: () => place.replaceChildren() }, t("cancel"));
    place.replaceChildren(h("h4", {}, say(move.label)), form.element,
      h("div.move-buttons", {}, send, cancel));
    place.querySelector("textarea, select, input, button")?.focus();
    return undefined;
  }

  async function finish(ticket, move, { values, photos }, onProgress) {
    const expectedSeq = ticket.seq;
    store.keepTicket(
      await makeMove(id, { move: move.move, values, photos, expectedSeq }, onProgress),
    );
    toast(t("ticket.done_move", { move: say(move.label) }), "good");
  }

  async function failed(error) {
    if (error.status !== 409) return tell(error);
    const race = await afterRace(id, store.me.person.login);
    store.keepTicket(race.ticket);
    return toast(race.words, "bad");
  }

  function past(ticket) {
    return h(
      "div.ticket-past",
      {},
      h("section", {}, h("h3", {}, t("ticket.timers")), timerList(ticket)),
      h("section", {}, h("h3", {}, t("ticket.history")), historyList(ticket),
        h("p.hint", {}, t("ticket.chain"))),
    );
  }
}

/** What leads on stands first, what turns somebody down last. */
function mainFirst(a, b) {
  return Number(b.primary) - Number(a.primary) || Number(a.danger) - Number(b.danger);
}

function ticketFacts(ticket) {
  const { assignee, grid, request } = ticket;
  return facts([
    [t("ticket.assignee"), [assigneeName(ticket), assignee?.phone && phone(assignee.phone)]],
    [t("ticket.department"), say(ticket.department_name)],
    [t("ticket.grid"), grid &&
      `${say(grid.name)} · ${t("ticket.grid_version", { version: grid.version })}`],
    [t("ticket.place"), ticket.place],
    [t("alert.position"), ticket.position && h("span.mono", {}, coordinates(ticket.position))],
    [t("ticket.source"), word("source", ticket.source)],
    [t("ticket.created"), dateTime(ticket.created_at)],
    [t("ticket.request"), request && [word("request", request.kind),
      request.until && ` · ${dateTime(request.until)}`]],
    [t("ticket.rating"), ticket.rating && word("rating", ticket.rating)],
  ]);
}

function phone(number) {
  return [" ", h("a", { href: `tel:${number}` }, number)];
}
