// Each defect of grids as a card: its picture, what is wrong, and what to do.

import { h } from "../dom.js";
import { say, t, word } from "../language.js";

/** Of these the API says more than can be put into words here: where, or on which days. */
const DETAILED = new Set(["invalid", "both_on_leave"]);
const COLOURS = { error: "red", warning: "amber" };

/** `set`: of that set of grids; of those in force if it is not given. */
export function defectCards(defects, set) {
  const query = set ? `?set=${set}` : "";
  return defects.map((defect) =>
    h("article.places-defect", { "data-defect": defect.kind },
      h("img", {
        src: `/api/v1/places/defects/${defect.key}.svg${query}`,
        alt: t("places.picture", { title: say(defect.title), grids: defect.grids.join(", ") }),
        loading: "lazy",
        width: 480,
        height: 360,
      }),
      h("div.line", {},
        h(`span.tag.${COLOURS[defect.severity]}`, {}, word("severity", defect.severity)),
        h("strong", {}, say(defect.title)), h("span.faint", {}, defect.grids.join(", "))),
      h("p", {}, t(`defect.${defect.kind}`, { grids: defect.grids.join(t("separator")) })),
      DETAILED.has(defect.kind) && h("p.soft", { lang: "en" }, defect.message),
      h("p.faint", {}, t(`defect_fix.${defect.kind}`))));
}
