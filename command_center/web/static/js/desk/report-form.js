// What an operator saw on a screen, or what a caller told the hotline: a report like any other.

import { post } from "../api.js";
import { busy } from "../busy.js";
import { openDialog } from "../dialog.js";
import { h } from "../dom.js";
import { lineField, selectField, textField } from "../fields.js";
import { coordinates } from "../labels.js";
import { say, t, word } from "../language.js";
import { askSame } from "../same-matter.js";
import { tell, toast, words } from "../toast.js";
import { pickMap } from "./map.js";

const SOURCES = ["hotline", "operator"];
const CATEGORIES = ["help", "complaint", "wrongdoing", "consultation", "suggestion", "criticism"];

export function openReportForm({ store, openTicket }) {
  let position = store.town.centre;
  const chosen = h("p.hint", {}, t("map.pick"));
  const map = pickMap(store, (place) => {
    position = place;
    chosen.textContent = `${t("map.picked")} ${coordinates(place)}`;
  });
  const fields = {
    source: selectField(t("report.source"), false, options("source", SOURCES), null),
    hotline_category:
      selectField(t("report.category"), false, options("hotline", CATEGORIES), null),
    event_type: selectField(t("report.kind"), false,
      store.catalogue.items.map(({ code, name }) => [code, say(name)])),
    description: textField(t("report.description"), false,
      { placeholder: t("report.description_hint") }),
    place: lineField(t("report.place"), true, { placeholder: t("report.place_hint") }),
    contact: lineField(t("report.contact"), true, { placeholder: t("report.contact_hint") }),
  };
  const send = h("button.button.primary", { type: "button", onclick: submit }, t("report.submit"));
  const { source, hotline_category: category, event_type: kind, ...rest } = fields;
  const dialog = openDialog({
    title: t("report.title"),
    body: h(
      "div.form.report-form",
      {},
      h("div.row", {}, source.element, category.element),
      kind.element,
      Object.values(rest).map(({ element }) => element),
      h("div.field", {}, h("span.label", {}, t("map.title")), map, chosen),
    ),
    foot: send,
  });
  source.input.addEventListener("change", () => {
    category.element.hidden = source.read() !== "hotline";
  });

  function submit() {
    const missing = [kind, rest.description].filter((field) => !field.read());
    for (const field of [kind, rest.description]) {
      field.fail(missing.includes(field) ? t("form.needed") : "");
    }
    if (missing.length) return missing[0].input.focus();
    return busy(send, file, (error) => {
      const field = fields[error.field];
      if (!field) return tell(error);
      return field.fail(words(error));
    });
  }

  async function file() {
    const values = Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, field.read()]).filter(([, v]) => v),
    );
    if (values.source !== "hotline") delete values.hotline_category;
    const where = { event_type: values.event_type, position };
    const same = await askSame("/reports/similar", where);
    if (same === undefined) return;
    const report = await post("/reports", { ...values, position, ...(same && { same_as: same }) });
    dialog.close();
    toast(t(same ? "report.joined" : "report.made"), "good");
    if (report.ticket_id && store.may("see_all_tickets")) openTicket(report.ticket_id);
  }
}

function options(group, codes) {
  return codes.map((code) => [code, word(group, code)]);
}
