// Receivers of events, and what became of each message.

import { post } from "../api.js";
import { busy } from "../busy.js";
import { h } from "../dom.js";
import { lineField } from "../fields.js";
import { dateTime, t, word } from "../language.js";
import { tell, toast, words } from "../toast.js";
import { showSecret } from "./secret.js";

const EVENTS = ["ticket.opened", "ticket.moved", "cap.issued"];
const COLOURS = { delivered: "green", dead: "red", pending: "amber" };

export function webhookForm(place, changed) {
  const fields = {
    label: lineField(t("connections.label"), false, { name: "label" }),
    url: lineField(t("connections.url"), false,
      { name: "url", placeholder: t("connections.url_hint"), maxlength: 1000 }),
  };
  const boxes = EVENTS.map((event) => {
    const box = h("input", { type: "checkbox", value: event, checked: true });
    return { box, element: h("label.line", {}, box, word("webhook_event", event)) };
  });
  const send = h("button.button.primary", { type: "submit" }, t("connections.add_webhook"));
  place.replaceChildren(fields.label.element, fields.url.element,
    h("div.line", { role: "group" }, boxes.map(({ element }) => element)), send);
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(send, async () => {
      for (const field of Object.values(fields)) field.fail("");
      const events = boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
      const body = { label: fields.label.read(), url: fields.url.read(), events };
      const { secret } = await post("/webhooks", body);
      place.reset();
      showSecret(secret, () => changed().catch(tell));
    }, (error) => (fields[error.field] ? fields[error.field].fail(words(error)) : tell(error)));
  });
}

export function webhookRow(row, changed) {
  const path = `/webhooks/${row.id}`;
  const act = (text, what) => {
    const button = h("button.button.quiet", {
      type: "button",
      onclick: () => busy(button, what, tell),
    }, t(text));
    return button;
  };
  const move = (name) => async () => {
    await post(`${path}/${name}`);
    await changed();
  };
  const exchange = async () => {
    const { secret } = await post(`${path}/secret`);
    showSecret(secret, () => changed().catch(tell));
  };
  const ping = async () => {
    await post(`${path}/ping`);
    toast(t("connections.pinged"), "good");
    await changed();
  };
  const stopped = Boolean(row.stopped_at);
  return h("div.connections-row", { "data-webhook": row.id },
    h("div.what", {}, h("strong", {}, row.label), " ", h("span.mono.faint", {}, row.url)),
    h("span.faint", {}, row.events.map((event) => word("webhook_event", event)).join(" · ")),
    stopped && h("span.tag.amber", {}, t("connections.stopped"), " ", row.why_stopped),
    !stopped && act("connections.ping", ping),
    act("connections.exchange", exchange),
    stopped ? act("connections.start", move("start")) : act("connections.stop", move("stop")));
}

export function deliveryRow(row, labels, changed) {
  const again = h("button.button.quiet", {
    type: "button",
    onclick: () => busy(again, async () => {
      await post(`/webhooks/deliveries/${row.id}/replay`);
      await changed();
    }, tell),
  }, t("connections.replay"));
  return h("div.connections-row", { "data-delivery": row.id, "data-fate": row.fate },
    h("span.faint", {}, dateTime(row.created_at)),
    h("div.what", {}, labels.get(row.webhook_id) ?? row.webhook_id, " · ",
      word("webhook_event", row.event), " ", h("span.mono.faint", {}, row.message_id)),
    h(`span.tag.${COLOURS[row.fate]}`, {}, word("fate", row.fate)),
    h("span.faint", {}, t("connections.tries", { count: row.attempts }), row.failure && " · ",
      row.failure),
    row.fate === "dead" && again);
}
