// One task: where, what, until when, and large buttons for what may be done now.

import { get } from "../api.js";
import { busy } from "../busy.js";
import { openDialog } from "../dialog.js";
import { empty, h, icon } from "../dom.js";
import { moveForm } from "../fields.js";
import { coordinates, eventIcon, isUrgent, stateTag, urgencyTag } from "../labels.js";
import { say, t } from "../language.js";
import { afterRace, makeMove } from "../moves.js";
import { deadlineRow, historyList, photoStrip } from "../ticket-parts.js";
import { tell, toast, words } from "../toast.js";

const WELCOME = { finish: ["photo", "note", "position"], note: ["photo"] };
const TOLD = ["dispatched", "acknowledged", "handling", "rework", "suspended", "done"];

/** Fill `container` with ticket `id`. `again()` draws the page anew after a change. */
export async function showTask(container, id, { outbox, me, town, again }) {
  let ticket;
  try {
    ticket = await get(`/tickets/${id}`);
  } catch (error) {
    container.replaceChildren(empty("warning", words(error)));
    return;
  }
  container.replaceChildren(view());

  function view() {
    return h(
      "article.task-view",
      { "data-state": ticket.state, "data-ticket": ticket.id },
      head(ticket),
      h("section.card.todo", {}, h("p.do", {}, whatToDo(ticket)), deadlineRow(ticket)),
      ticket.snapshot && picture(ticket),
      place(ticket),
      found(ticket),
      ticket.photos.length > 0 &&
        h("section.card", {}, h("h2", {}, t("ticket.photos")), photoStrip(ticket)),
      h("section.card", {}, h("h2", {}, t("ticket.history")), historyList(ticket)),
      actions(),
    );
  }

  function actions() {
    const waiting = outbox.of(id);
    if (waiting && !waiting.refused) {
      return h("div.actions", {},
        h("p.waiting", {}, icon("refresh"), t("phone.unsent_one", { move: say(waiting.label) })));
    }
    const main = ticket.moves.filter(({ primary }) => primary);
    const more = ticket.moves.filter(({ primary }) => !primary);
    return ticket.moves.length > 0 && h(
      "div.actions",
      {},
      main.map((move) => button(move, ".primary.huge")),
      more.length > 0 && h("details.more", {}, h("summary", {}, t("phone.more")),
        h("div.more-moves", {}, more.map((move) => button(move, move.danger ? ".danger" : "")))),
    );
  }

  function button(move, kind) {
    return h(`button.button${kind}`, {
      type: "button",
      "data-move": move.move,
      onclick: ({ currentTarget }) => begin(currentTarget, move),
    }, say(move.label));
  }

  function begin(pressed, move) {
    const welcome = WELCOME[move.move] ?? [];
    if (!move.needs.length && !welcome.length) {
      return busy(pressed, () => send(move, { values: {}, photos: [] }));
    }
    const form = moveForm(move, { departments: town.departments, welcome });
    const submit = h("button.button.primary.huge", { type: "button" }, say(move.label));
    const dialog = openDialog({ title: say(move.label), body: form.element, foot: submit });
    dialog.classList.add("sheet");
    submit.addEventListener("click", () => {
      const filled = form.read();
      if (!filled) return undefined;
      return busy(submit, async () => {
        await send(move, filled, form.progress);
        dialog.close();
      }, (error) => {
        if (error.status !== 422 || !form.fail(error.field, words(error))) tell(error);
      });
    });
    return undefined;
  }

  async function send(move, filled, onProgress) {
    const request = { move: move.move, ...filled, expectedSeq: ticket.seq };
    try {
      await makeMove(id, request, onProgress);
      toast(t("ticket.done_move", { move: say(move.label) }), "good");
    } catch (error) {
      if (error.offline) await keep(move, filled);
      else if (error.status === 409) toast((await afterRace(id, me.person.login)).words, "bad");
      else throw error;
    }
    again();
  }

  async function keep(move, filled) {
    try {
      await outbox.add(ticket, move, filled);
      toast(t("phone.kept"));
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw error;
      toast(t("phone.queue_full"), "bad");
    }
    container.replaceChildren(view()); // without a network this is all that can be drawn anew
  }
}

function head(ticket) {
  return h(
    `header.task-head${isUrgent(ticket) ? ".urgent" : ""}`,
    {},
    h("a.button.quiet.square", { href: "#/tasks", "aria-label": t("phone.tasks") }, icon("back")),
    h("span.badge", {}, icon(eventIcon(ticket.event_type))),
    h("div", {}, h("h1", {}, say(ticket.name)),
      h("p.line", {}, h("span.mono.faint", {}, ticket.number), urgencyTag(ticket.urgency),
        stateTag(ticket.state))),
  );
}

function whatToDo(ticket) {
  return t(`phone.do.${TOLD.includes(ticket.state) ? ticket.state : "other"}`);
}

function picture(ticket) {
  return h("a.card.picture", { href: ticket.snapshot, target: "_blank", rel: "noopener" },
    h("img", { src: ticket.snapshot, alt: t("phone.seen") }),
    h("span.faint", {}, t("phone.seen")));
}

function place(ticket) {
  const { position } = ticket;
  return h(
    "section.card",
    {},
    h("h2", {}, t("ticket.place")),
    h("p.wrap-anywhere", {}, ticket.place || ticket.title),
    ticket.grid && h("p.soft", {}, say(ticket.grid.name)),
    position && h("a.button", { href: geoLink(position) }, icon("pin"), t("phone.navigate")),
    position && h("p.faint.mono", {}, coordinates(position)),
  );
}

/** RFC 5870; phones open their map for it. */
function geoLink({ lat, lon }) {
  return `geo:${lat},${lon}?q=${lat},${lon}`;
}

function found(ticket) {
  const machine = ticket.source === "camera" || ticket.source === "sensor";
  return h("section.card", {},
    h("h2", {}, t(machine ? "ticket.description" : "phone.found")),
    h("p.wrap-anywhere", {}, ticket.description || ticket.title));
}
