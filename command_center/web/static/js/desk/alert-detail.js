// The centre: one alert with its evidence, how it was found, and the decision.

import { get, post, postForBlob } from "../api.js";
import { busy } from "../busy.js";
import { age, timeLeft } from "../clock.js";
import { openDialog } from "../dialog.js";
import { empty, find, h, icon } from "../dom.js";
import { textField } from "../fields.js";
import {
  amount,
  assigneeName,
  coordinates,
  eventIcon,
  facts,
  isUrgent,
  percent,
  placeOf,
  stateTag,
  urgencyTag,
} from "../labels.js";
import { dateTime, say, t, word } from "../language.js";
import { byName } from "../moves.js";
import { deadlineRow, routingList } from "../ticket-parts.js";
import { tell, toast } from "../toast.js";
import { snapshotOf } from "./alert-list.js";
import { openRejection } from "./rejection.js";
import { isOpen } from "./store.js";

export function alertDetail({ store, select, openTicket }) {
  const container = find("#alert-detail");
  let shownId = null;
  let printed = "";

  store.addEventListener("alerts", draw);
  store.addEventListener("tickets", draw);
  draw();

  function draw() {
    const alert = store.alerts.get(shownId);
    const ticket = alert && store.tickets.get(alert.ticket_id);
    const print = JSON.stringify([shownId, alert, ticket]);
    if (print === printed) return; // a playing clip is not torn down by news about others
    printed = print;
    container.replaceChildren(alert ? view(alert, ticket) : placeholder());
  }

  function view(alert, ticket) {
    return h(
      "article.alert-view",
      { "data-state": alert.state, class: isUrgent(alert) ? "alert-view urgent" : "alert-view" },
      head(alert),
      isOpen(alert) && alert.prompt && prompt(alert),
      h(
        "div.alert-body",
        {},
        h("div.evidence", {}, evidence(alert, store)),
        h("div.alert-side", {}, decision(alert, ticket), found(alert)),
      ),
    );
  }

  function decision(alert, ticket) {
    if (isOpen(alert)) return store.may("decide_alerts") && buttons(alert);
    return h("section.decision", {}, outcome(alert), ticket && ticketCard(ticket, openTicket));
  }

  function buttons(alert) {
    const note = textField(t("alert.note"), true, { rows: 2 });
    return h(
      "section.decide",
      {},
      note.element,
      h(
        "div.decide-buttons",
        {},
        h("button.button.primary", {
          type: "button",
          id: "confirm-alert",
          onclick: ({ currentTarget }) => decide(currentTarget, alert, () =>
            post(`/alerts/${alert.id}/confirm`, { note: note.read() })),
        }, icon("check"), t("alert.confirm"), h("kbd", {}, "C")),
        h("button.button.danger", {
          type: "button",
          id: "reject-alert",
          onclick: ({ currentTarget }) => openRejection((reason) =>
            decide(currentTarget, alert, () => post(`/alerts/${alert.id}/reject`, { reason }))),
        }, icon("cross"), t("alert.reject"), h("kbd", {}, "F")),
      ),
    );
  }

  function decide(button, alert, send) {
    return busy(button, async () => take(await send()), async (error) => {
      if (error.status !== 409) return tell(error);
      const now = await get(`/alerts/${alert.id}`);
      store.keepAlert(now);
      toast(t("alert.by_other", { name: byName(now.transitions.at(-1)) }), "bad");
    });
  }

  /** Nothing is gone: the decided alert stays on show, with its ticket and who has it. */
  function take(answer) {
    const { ticket, ...alert } = answer;
    if (ticket) store.keepTicket(ticket);
    store.keepAlert(alert);
    if (ticket) {
      const who = assigneeName(ticket);
      toast(t("alert.confirmed_toast", { number: ticket.number, who }), "good");
    } else {
      toast(t("alert.rejected"), "good");
    }
  }

  return {
    async show(id) {
      shownId = id;
      draw();
      if (id == null) return;
      try {
        if (!store.alerts.has(id)) store.keepAlert(await get(`/alerts/${id}`));
        const ticketId = store.alerts.get(id).ticket_id;
        if (ticketId && !store.tickets.get(ticketId)?.transitions && store.may("see_all_tickets")) {
          store.keepTicket(await get(`/tickets/${ticketId}`));
        }
      } catch (error) {
        tell(error);
        if (error.status === 404) select(null);
      }
    },
    confirm: () => container.querySelector("#confirm-alert")?.click(),
    reject: () => container.querySelector("#reject-alert")?.click(),
  };
}

function placeholder() {
  return empty("beacon", t("alert.pick"), t("alert.pick_hint"));
}

function head(alert) {
  return h(
    "header.alert-head",
    {},
    h("span.badge", {}, icon(eventIcon(alert.event_type))),
    h(
      "div",
      {},
      h("h2", {}, say(alert.name), " ", urgencyTag(alert.urgency)),
      h("p.soft", {}, placeOf(alert)),
    ),
    h(
      "div.alert-clock",
      {},
      isOpen(alert) && alert.deadline
        ? [h("span.faint", {}, t("alerts.decide_in")), timeLeft(alert.deadline, alert.opened_at)]
        : h("span.tag", {}, word("alert_state", alert.state)),
      age(alert.opened_at),
    ),
  );
}

function prompt(alert) {
  return h("p.prompt", { role: "note" }, icon("phone"), say(alert.prompt));
}

function evidence(alert, store) {
  const stage = h("div.stage", {});
  const actions = h("div.evidence-actions", {});
  if (alert.evidence.snapshot && store.may("see_evidence")) {
    stage.append(h("img", { src: snapshotOf(alert), alt: `${say(alert.name)}，${placeOf(alert)}` }));
  } else {
    stage.append(empty("photo", t("alert.no_snapshot")));
  }
  // Nobody is blurred in a clip: it takes what the clear picture takes.
  if (alert.evidence.clip && store.may("see_clear_evidence")) {
    actions.append(clipButton(alert, stage));
  }
  if (alert.evidence.snapshot_clear && store.may("see_clear_evidence")) {
    actions.append(clearButton(alert, stage));
  }
  return [stage, actions];
}

/** The clip is fetched only when somebody asks for it: each watching is logged. */
function clipButton(alert, stage) {
  const play = () => {
    const video = h("video", {
      src: `/api/v1/alerts/${alert.id}/clip`,
      controls: true,
      autoplay: true,
      loop: true,
      playsinline: true,
    });
    video.muted = true;
    stage.replaceChildren(video);
    video.focus();
  };
  return h("button.button", { type: "button", onclick: play, title: t("alert.clip_hint") },
    icon("play"), t("alert.clip"), h("small.faint", {}, t("alert.clip_hint")));
}

function clearButton(alert, stage) {
  const open = () => {
    const reason = textField(t("alert.clear_reason"), false);
    const send = h("button.button.primary", { type: "button" }, t("alert.clear"));
    const dialog = openDialog({ title: t("alert.clear"), body: reason.element, foot: send });
    send.addEventListener("click", () => {
      if (!reason.read()) return reason.fail(t("form.needed"));
      return busy(send, async () => {
        const body = { reason: reason.read() };
        const picture = await postForBlob(`/alerts/${alert.id}/snapshot/clear`, body);
        showClear(stage, picture);
        dialog.close();
      });
    });
  };
  return h("button.button.quiet", { type: "button", onclick: open }, icon("eye"),
    t("alert.clear"));
}

function showClear(stage, picture) {
  const url = URL.createObjectURL(picture);
  const image = h("img", { src: url, alt: t("alert.clear_shown") });
  image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
  stage.replaceChildren(image, h("span.tag.amber.stamp", {}, t("alert.clear_shown")));
}

function outcome(alert) {
  return facts([
    [t("alert.decision"), [word("alert_state", alert.state),
      alert.decided_at && ` · ${dateTime(alert.decided_at)}`]],
    [t("alert.reason"), alert.state === "false_alarm" && alert.reason],
  ]);
}

function ticketCard(ticket, openTicket) {
  return h(
    "section.confirmed-ticket",
    { "data-ticket": ticket.id },
    h("div.line", {}, h("strong.mono", {}, ticket.number), stateTag(ticket.state)),
    h("p", {}, h("span.faint", {}, `${t("ticket.assignee")} `),
      h("strong", {}, assigneeName(ticket))),
    deadlineRow(ticket),
    ticket.routing?.why?.length > 0 &&
      h("div.because", {}, h("h4", {}, t("alert.why")), routingList(ticket)),
    h("button.button", { type: "button", onclick: () => openTicket(ticket.id) },
      icon("ticket"), t("alert.open_ticket")),
  );
}

function found(alert) {
  const models = Object.entries(alert.model_versions ?? {});
  return h(
    "section.found",
    {},
    h("h3", {}, t("alert.facts")),
    facts([
      [t("alert.method"), word("method", alert.method)],
      [t("alert.confidence"), confidence(alert.confidence)],
      [t("alert.count"), alert.count],
      [t("alert.measured"), alert.measured && amount(alert.measured.value, alert.measured)],
      [t("alert.limit"), alert.measured && amount(alert.measured.limit, alert.measured)],
      [t("alert.nearby"), alert.nearby && nearby(alert.nearby)],
      [t("alert.seen_note"), !alert.measured && alert.note],
      [t("alert.models"), alert.camera_id && models.length
        ? models.map(([name, version]) => h("div.mono", {}, `${name} ${version}`))
        : alert.camera_id && t("alert.no_model")],
      [t("alert.blur"), alert.camera_id && alert.blur && word("blur", alert.blur)],
      [t("alert.started"), dateTime(alert.started_at)],
      [t("alert.last_seen"), dateTime(alert.last_seen_at)],
      [t("alert.cleared_at"), alert.cleared_at && dateTime(alert.cleared_at)],
      [t("alert.position"), h("span.mono", {}, coordinates(alert.position))],
      [t("alert.config"), h("span.mono", {}, `${alert.config_version} · ${alert.shard}`)],
    ]),
  );
}

/** The camera near a sensor, and how far its clip is. */
function nearby({ camera_name: name, clip, reason }) {
  return [say(name), word("nearby_clip", clip), reason].filter(Boolean).join(" · ");
}

function confidence(value) {
  return h("span.confidence", { vars: { "--share": value } }, h("i"), percent(value));
}
