// Ways to reach somebody: added, verified, taken away. An address goes in and is never shown.

import { get, post, put, remove } from "../api.js";
import { busy } from "../busy.js";
import { find, h, show } from "../dom.js";
import { lineField, selectField } from "../fields.js";
import { dateTime, language, t, word } from "../language.js";
import { tell, toast, words } from "../toast.js";
import { fill } from "./list.js";
import { hindrance, subscribe } from "./push.js";

/** `login` empty: the caller's own. */
export async function showChannels(login, own) {
  const path = login && login !== own ? `/people/${encodeURIComponent(login)}/channels` : "/channels";
  const draw = () => showChannels(login, own);
  const { items, kinds, push_key: key } = await get(path);
  const mine = path === "/channels";
  form(find("#add-channel"), kinds.filter((kind) => kind !== "web_push"), path, draw);
  browser(find("#subscribe"), mine, key, draw);
  fill("#channels", items.map((row) => channelRow(row, path, mine, draw)));
}

function form(place, kinds, path, changed) {
  const fields = {
    kind: selectField(t("channels.kind"), false, kinds.map((k) => [k, word("channel", k)]), null),
    address: lineField(t("channels.address"), false,
      { name: "address", maxlength: 1000, autocomplete: "off", placeholder: hint(kinds[0]) }),
    label: lineField(t("channels.label"), true, { name: "label", maxlength: 100 }),
  };
  const { kind, address } = fields;
  kind.input.addEventListener("change", () => { address.input.placeholder = hint(kind.read()); });
  const urgent = h("input", { type: "checkbox" });
  const send = h("button.button.primary", { type: "submit" }, t("channels.add"));
  place.replaceChildren(kind.element, address.element, fields.label.element,
    h("label.line", {}, urgent, t("channels.urgent_only")), send);
  place.onsubmit = (event) => {
    event.preventDefault();
    busy(send, async () => {
      for (const field of Object.values(fields)) field.fail("");
      await post(path, {
        kind: kind.read(),
        address: address.read(),
        label: fields.label.read(),
        language,
        urgent_only: urgent.checked,
      });
      place.reset();
      toast(t("channels.code_sent"), "good");
      await changed();
    }, (error) => (fields[error.field] ? fields[error.field].fail(words(error)) : tell(error)));
  };
}

function hint(kind) {
  return t(`channels.hint_${kind}`);
}

function browser(button, mine, key, changed) {
  show(button, mine);
  const why = hindrance();
  button.toggleAttribute("disabled", Boolean(why));
  button.title = why && t(why);
  button.onclick = () => busy(button, async () => {
    const address = await subscribe(key);
    if (!address) return;
    const label = navigator.userAgentData?.platform ?? "";
    await post("/channels", { kind: "web_push", address, label, language });
    await changed();
  }, tell);
}

function channelRow(row, path, mine, changed) {
  const own = `${path}/${row.id}`;
  const act = (text, what) => {
    const button = h("button.button.quiet", {
      type: "button",
      onclick: () => busy(button, async () => {
        await what();
        await changed();
      }, tell),
    }, t(text));
    return button;
  };
  const wishes = { label: row.label, language: row.language, urgent_only: !row.urgent_only };
  return h("div.connections-row", { "data-channel": row.id },
    h("div.what", {}, h("strong", {}, word("channel", row.kind)), " ",
      h("span.mono.faint", {}, row.service), row.label && " · ", row.label),
    state(row),
    row.urgent_only && h("span.tag", {}, t("channels.urgent_only")),
    row.failure && h("span.faint", {}, row.failure),
    mine && !row.verified_at && codeForm(own, changed),
    mine && act(row.verified_at ? "channels.test" : "channels.again", async () => {
      await post(`${own}/code`);
      toast(t("channels.code_sent"), "good");
    }),
    mine && act(row.urgent_only ? "channels.all" : "channels.only", () => put(own, wishes)),
    act("channels.remove", () => remove(own)));
}

function state(row) {
  if (!row.verified_at) return h("span.tag.amber", {}, t("channels.unverified"));
  if (!row.failing_since) return h("span.tag.green", {}, t("channels.works"));
  return h("span.tag.red", {}, t("channels.fails", { since: dateTime(row.failing_since) }));
}

function codeForm(own, changed) {
  const field = lineField(t("channels.code"), false,
    { inputmode: "numeric", maxlength: 6, autocomplete: "one-time-code" });
  const send = h("button.button", { type: "submit" }, t("channels.confirm"));
  return h("form.line", {
    onsubmit: (event) => {
      event.preventDefault();
      busy(send, async () => {
        field.fail("");
        await post(`${own}/confirm`, { code: field.read() });
        await changed();
      }, (error) => (error.status === 422 ? field.fail(words(error)) : tell(error)));
    },
  }, field.element, send);
}
