// Before a report is filed: is it one of those that are known already?

import { post } from "./api.js";
import { age } from "./clock.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { say, t } from "./language.js";

/**
 * Look what is known near `where` ({position, event_type}) and ask whether it is the same. Gives the
 * `same_as` that was chosen, null for a new matter, and undefined where somebody closed the dialog
 * without an answer: then nothing is filed. A look that fails must keep nobody from reporting.
 */
export async function askSame(path, where) {
  const items = await post(path, where).then((found) => found.items, () => []);
  return items.length ? ask(items) : null;
}

function ask(items) {
  return new Promise((resolve) => {
    let answer;
    const choose = (value) => () => {
      answer = value;
      dialog.close();
    };
    const dialog = openDialog({
      title: t("same.title"),
      body: h("div.form", { id: "same-matter" }, h("p.soft", {}, t("same.lead")),
        items.map((item) => known(item, choose(item.same_as)))),
      foot: h("button.button", { type: "button", id: "new-matter", onclick: choose(null) },
        t("same.new")),
      closed: () => resolve(answer),
    });
  });
}

function known(item, onclick) {
  const where = item.place || t("same.metres", { metres: item.distance_m });
  return h("section.card", {},
    h("div.line", {}, h("strong", {}, say(item.name)), item.number && h("span.mono.faint", {},
      item.number), h("span.tag", {}, say(item.state_name))),
    h("p.soft", {}, where, " · ", age(item.since)),
    h("button.button.primary", { type: "button", "data-same": item.same_as, onclick },
      t("same.this")));
}
