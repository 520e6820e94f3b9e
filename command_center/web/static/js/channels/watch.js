// For the centre: who must be rung, who cannot be reached, and what became of every message.

import { get, post } from "../api.js";
import { busy } from "../busy.js";
import { find, h } from "../dom.js";
import { dateTime, say, t, word } from "../language.js";
import { tell } from "../toast.js";
import { fill } from "./list.js";

const COLOURS = { sent: "green", acknowledged: "green", failed: "amber", given_up: "red" };

export async function showWatch(mayRing) {
  const [orders, gaps, deliveries] = await Promise.all([
    get("/phone-orders", { open: true }),
    get("/channels/gaps"),
    get("/channels/deliveries", { fate: find("#fate").value }),
  ]);
  const draw = () => showWatch(mayRing);
  fill("#phone-orders", orders.items.map((row) => orderRow(row, mayRing, draw)));
  fill("#gaps", gaps.items.map(gapRow));
  fill("#deliveries", deliveries.items.map(deliveryRow));
}

function orderRow(row, mayRing, changed) {
  const done = (answered, text) => {
    const button = h("button.button", {
      type: "button",
      onclick: () => busy(button, async () => {
        await post(`/phone-orders/${row.id}/done`, { answered });
        await changed();
      }, tell),
    }, t(text));
    return button;
  };
  return h("div.connections-row", { "data-order": row.id },
    h("div.what", {}, h("strong", {}, say(row.name)), " ", h("span.mono", {}, row.phone), " · ",
      h("span.mono", {}, row.number), " ", say(row.ticket)),
    h("span.tag.red", {}, word("phone_reason", row.why)),
    h("span.faint", {}, dateTime(row.asked_at), " · ",
      t("channels.callers", { who: row.callers.join(t("separator")) })),
    mayRing && done(true, "channels.answered"),
    mayRing && done(false, "channels.not_answered"));
}

function gapRow(row) {
  const roles = row.roles.map((role) => word("role", role)).join(t("separator"));
  return h("div.connections-row", { "data-gap": row.person },
    h("div.what", {}, h("strong", {}, say(row.name)), " ", h("span.faint", {}, roles), " ",
      h("span.mono", {}, row.phone)),
    h("span.tag.amber", {}, word("gap", row.why)),
    row.failure && h("span.faint", {}, row.failure),
    h("span.faint", {}, t("channels.needed", { at: dateTime(row.needed_at) })));
}

function deliveryRow(row) {
  const about = row.about ? word("message", row.about) : t("channels.code");
  return h("div.connections-row", { "data-delivery": row.id, "data-fate": row.fate },
    h("span.faint", {}, dateTime(row.created_at)),
    h("div.what", {}, row.person, " · ", about,
      row.round > 0 && ` · ${t("channels.round", { count: row.round })}`, " ",
      h("span.faint", {}, word("channel", row.kind)), " ",
      h("span.mono.faint", {}, row.service)),
    h(`span.tag.${COLOURS[row.fate] ?? "grey"}`, {}, word("message_fate", row.fate)),
    h("span.faint", {}, t("connections.tries", { count: row.attempts }), row.failure && " · ",
      row.failure));
}
