// What a grid worker sees on his rounds: a report that becomes a ticket like any other.

import { post } from "../api.js";
import { busy } from "../busy.js";
import { h } from "../dom.js";
import { lineField, selectField, textField } from "../fields.js";
import { say, t } from "../language.js";
import { positionField } from "../position.js";
import { askSame } from "../same-matter.js";
import { tell, toast, words } from "../toast.js";

export function showPatrol(container, { catalogue }) {
  const kinds = catalogue.items.map(({ code, name }) => [code, say(name)]);
  const fields = {
    event_type: selectField(t("report.kind"), false, kinds),
    description: textField(t("report.description"), false,
      { placeholder: t("report.description_hint") }),
    place: lineField(t("report.place"), true, { placeholder: t("report.place_hint") }),
  };
  const position = positionField();
  const send = h("button.button.primary.huge", { type: "submit" }, t("report.submit"));
  const form = h(
    "form.card.form",
    { onsubmit: submit },
    Object.values(fields).map(({ element }) => element),
    position.element,
    send,
  );
  container.replaceChildren(h("h1.page-title", {}, t("phone.report")), form);

  function submit(event) {
    event.preventDefault();
    const missing = [fields.event_type, fields.description].filter((field) => !field.read());
    for (const field of Object.values(fields)) {
      field.fail(missing.includes(field) ? t("form.needed") : "");
    }
    if (!position.position()) position.fail(t("citizen.place_needed"));
    if (missing.length || !position.position()) return undefined;
    return busy(send, file, (error) => {
      if (fields[error.field]) fields[error.field].fail(words(error));
      else tell(error);
    });
  }

  async function file() {
    const values = Object.fromEntries(Object.entries(fields).map(([key, f]) => [key, f.read()]));
    const where = { event_type: values.event_type, position: position.position() };
    const same = await askSame("/reports/similar", where);
    if (same === undefined) return;
    await post("/reports", { source: "patrol", ...values, ...where, ...(same && { same_as: same }) });
    toast(t(same ? "report.joined" : "phone.patrol_made_plain"), "good");
    location.hash = "#/tasks";
  }
}
