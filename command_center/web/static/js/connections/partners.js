// Keys of programs of others.

import { post } from "../api.js";
import { busy } from "../busy.js";
import { h } from "../dom.js";
import { lineField } from "../fields.js";
import { dateTime, t } from "../language.js";
import { tell, words } from "../toast.js";
import { showSecret } from "./secret.js";

export function partnerForm(place, changed) {
  const fields = {
    name: lineField(t("connections.name"), false, { name: "name" }),
    label: lineField(t("connections.label"), false, { name: "label" }),
  };
  const send = h("button.button.primary", { type: "submit" }, t("connections.add_key"));
  place.replaceChildren(fields.name.element, fields.label.element, send);
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(send, async () => {
      for (const field of Object.values(fields)) field.fail("");
      const body = { name: fields.name.read(), label: fields.label.read() };
      const { api_key: key } = await post("/partners", body);
      place.reset();
      showSecret(key, () => changed().catch(tell));
    }, (error) => (fields[error.field] ? fields[error.field].fail(words(error)) : tell(error)));
  });
}

export function partnerRow(row, changed) {
  const revoke = h("button.button.quiet", {
    type: "button",
    onclick: () => busy(revoke, async () => {
      await post(`/partners/${row.name}/revoke`);
      await changed();
    }, tell),
  }, t("connections.revoke"));
  return h("div.connections-row", { "data-partner": row.name },
    h("div.what", {}, h("strong.mono", {}, row.name), " ", row.label),
    h("span.faint", {}, dateTime(row.created_at)),
    row.revoked_at ? h("span.tag", {}, t("connections.revoked")) : revoke);
}
