// Sets of grids: a list, and one held against the grids in force.

import { post, remove } from "../api.js";
import { openDialog } from "../dialog.js";
import { h } from "../dom.js";
import { dateTime, say, t, word } from "../language.js";
import { tell, toast } from "../toast.js";
import { defectCards } from "./defects.js";

const COLOURS = { draft: "blue", planned: "amber", used: "green", withdrawn: "grey" };

export function setTable(sets, open) {
  return h("table.places-table", {}, h("tbody", {}, sets.map((one) =>
    h("tr", { "data-set": one.id },
      h("td", {}, h("strong", {}, t("places.set", { id: one.id }))),
      h("td", {}, h(`span.tag.${COLOURS[one.state]}`, {}, word("grid_set", one.state))),
      h("td", {}, h("div", {}, one.note), h("div.faint", {}, made(one))),
      h("td", {}, h("button.button.quiet", { type: "button", onclick: () => open(one.id) },
        t("places.look")))))));
}

function made(one) {
  const parts = [t("places.made",
    { grids: one.grids, by: one.made_by, time: dateTime(one.made_at) })];
  if (one.planned_at) parts.push(t("places.planned", { time: dateTime(one.planned_at) }));
  if (one.used_at) parts.push(t("places.used", { by: one.used_by, time: dateTime(one.used_at) }));
  return parts.join(" · ");
}

/** `changed` is called when the set was put into force, planned or withdrawn. */
export function setDialog(found, { mayUse, changed }) {
  const errors = found.defects.filter(({ severity }) => severity === "error").length;
  const isOpen = ["draft", "planned"].includes(found.state);
  const dialog = openDialog({
    title: t("places.set", { id: found.id }),
    wide: true,
    body: [
      found.note && h("p", {}, found.note),
      h("p.faint", {}, made(found)),
      found.differences.length ? differenceTable(found.differences) : h("p", {}, t("places.same")),
      found.moved > 0 && h("p.faint", {}, t("places.moved", { count: found.moved })),
      errors > 0 && h("p", {}, h("span.tag.red", {}, t("places.errors", { count: errors }))),
      h("div.places-defects", {}, defectCards(found.defects, found.id)),
    ],
    foot: isOpen && mayUse && actions(found, errors, done),
  });

  function done(words) {
    toast(words);
    dialog.close();
    changed();
  }
}

function actions(found, errors, done) {
  const moment = h("input.input", { type: "datetime-local", "aria-label": t("places.use_at") });
  const use = async (at) => {
    const { state } = await post(`/places/sets/${found.id}/use`, { expected: found.held, at });
    done(t(state === "used" ? "places.done" : "places.planned_done", { id: found.id }));
  };
  const later = () => moment.value
    ? use(new Date(moment.value).toISOString()) : moment.focus();
  const withdraw = async () => {
    await remove(`/places/sets/${found.id}`);
    done(t("places.withdrawn", { id: found.id }));
  };
  return [
    button("places.withdraw", "quiet", withdraw),
    errors === 0 && [moment, button("places.use_at", "quiet", later),
      button("places.use", "primary", () => use(null))],
  ];
}

function button(key, kind, action) {
  const act = ({ currentTarget }) => {
    currentTarget.disabled = true;
    Promise.resolve(action()).catch(tell).finally(() => { currentTarget.disabled = false; });
  };
  return h(`button.button.${kind}`, { type: "button", onclick: act }, t(key));
}

function differenceTable(differences) {
  return h("table.places-table", {}, h("tbody", {}, differences.map((one) =>
    h("tr", { "data-grid": one.code },
      h("td", {}, h("strong", {}, say(one.name)), h("div.faint", {}, one.code)),
      h("td", {}, word("grid_change", one.change)),
      h("td", {}, one.fields.map(({ field, before, after }) =>
        h("div", {}, `${word("grid_field", field)}: ${before || "–"} → ${after || "–"}`)),
        one.moved_m2 > 0 && one.change === "changed" && h("div", {}, t("places.ground"))),
      h("td", {}, one.moved_m2 > 0 && `${Math.round(one.moved_m2).toLocaleString()} m²`)))));
}
