// What I was told: new tasks, deadlines, supervision.

import { get, post } from "../api.js";
import { age } from "../clock.js";
import { empty, h, icon, replace } from "../dom.js";
import { say, t } from "../language.js";

/** Fill `container`; what has been shown counts as read, and `seen()` is called then. */
export async function showMessages(container, { seen }) {
  const { items } = await get("/notifications");
  replace(
    container,
    h("h1.page-title", {}, t("phone.messages")),
    h("ul.messages", {}, items.map(message)),
    items.length === 0 && empty("bell", t("phone.none_messages")),
  );
  const unread = items.filter(({ read_at: readAt }) => !readAt);
  await Promise.all(unread.map(({ id }) => post(`/notifications/${id}/read`)));
  seen();
}

function message({ text, ticket_id: ticketId, at, read_at: readAt }) {
  const body = [
    icon("bell"),
    h("span", {}, h("span.wrap-anywhere", {}, say(text)), h("span.faint", {}, age(at))),
    ticketId && icon("next"),
  ];
  const kind = readAt ? ".card" : ".card.unread";
  return h("li", {}, ticketId
    ? h(`a${kind}`, { href: `#/task/${ticketId}` }, body)
    : h(`div${kind}`, {}, body));
}
