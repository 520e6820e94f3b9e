// Filing a report: words, a place, photos; the answer is a code that is shown once.

import { get, post, upload } from "../api.js";
import { busy } from "../busy.js";
import { find, h, icon, show } from "../dom.js";
import { lineField, selectField, textField } from "../fields.js";
import { say, t } from "../language.js";
import { photoField } from "../photo.js";
import { positionField } from "../position.js";
import { askSame } from "../same-matter.js";
import { tell, toast, words } from "../toast.js";
import { keepCode } from "./codes.js";

export function fileForm({ follow }) {
  const place = find("#file");
  let fields;
  let photos;
  let position;
  let send;
  let kinds = [];
  draw();
  get("/public/event-types").then(({ items }) => {
    kinds = items.map(({ code, name }) => [code, say(name)]);
    fields.event_type?.input.append(...kinds.map(([value, text]) => h("option", { value }, text)));
  }).catch(tell);

  function draw() {
    fields = {
      event_type: selectField(t("citizen.kind"), true, kinds),
      description: textField(t("report.description"), false, {
        name: "description", placeholder: t("report.description_hint"), rows: 4,
      }),
      place: lineField(t("report.place"), false,
        { name: "place", placeholder: t("report.place_hint") }),
      contact: lineField(t("report.contact"), true,
        { name: "contact", placeholder: t("report.contact_hint"), autocomplete: "tel" }),
    };
    photos = photoField({ optional: true });
    position = positionField({ optional: true });
    send = h("button.button.primary.huge", { type: "submit", id: "send-report" }, icon("send"),
      t("report.submit"));
    place.replaceChildren(h("form.form.card", { onsubmit: submit }, fields.event_type.element,
      fields.description.element, photos.element, fields.place.element, position.element,
      fields.contact.element, send));
  }

  function submit(event) {
    event.preventDefault();
    const described = Boolean(fields.description.read());
    const placed = Boolean(fields.place.read() || position.position());
    fields.description.fail(described ? "" : t("citizen.describe_needed"));
    fields.place.fail(placed ? "" : t("citizen.place_needed"));
    if (!described) return fields.description.input.focus();
    if (!placed) return fields.place.input.focus();
    return busy(send, file, (error) => {
      if (fields[error.field]) fields[error.field].fail(words(error));
      else tell(error);
    });
  }

  async function file() {
    const values = Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, field.read()]).filter(([, v]) => v),
    );
    const report = { ...values };
    if (position.position()) {
      report.position = position.position();
      const asked = { position: report.position };
      if (report.event_type) asked.event_type = report.event_type;
      const same = await askSame("/public/similar", asked);
      if (same === undefined) return;
      if (same) report.same_as = same;
    }
    const { query_code: code } = await post("/public/reports", report);
    keepCode(code);
    await sendPhotos(code);
    done(code);
  }

  /** The report is in; a photo that fails must not make it look lost. */
  async function sendPhotos(code) {
    const blobs = photos.blobs();
    try {
      for (const [index, blob] of blobs.entries()) {
        await upload(`/public/reports/${code}/photos`, blob, (fraction) =>
          photos.progress((index + fraction) / blobs.length));
      }
    } catch (error) {
      toast(t("citizen.photo_failed", { why: words(error) }), "bad");
    }
  }

  function done(code) {
    const copy = h("button.button", { type: "button", onclick: copyCode }, t("citizen.copy"));
    show(copy, Boolean(navigator.clipboard));
    const title = h("h2.thanks", { tabindex: "-1" }, icon("check"), t("citizen.done"));
    place.replaceChildren(h(
      "section.card.received",
      {},
      title,
      h("p.code", { "aria-label": t("citizen.code") }, code),
      h("p.soft", {}, t("citizen.keep")),
      h("div.line", {}, copy),
      h("button.button.primary.huge",
        { type: "button", id: "follow", onclick: () => follow(code) }, t("citizen.follow")),
      h("button.button.quiet", { type: "button", onclick: draw }, t("citizen.another")),
    ));
    title.focus();

    async function copyCode() {
      await navigator.clipboard.writeText(code);
      toast(t("citizen.copied"), "good");
    }
  }
}
