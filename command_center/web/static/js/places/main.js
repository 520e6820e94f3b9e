// Grids, for engineers and administrators: what is wrong with them, and sets to put into force.

import { get, post, session } from "../api.js";
import { empty, find, h, replace } from "../dom.js";
import { say, setTimeZone, t, translatePage } from "../language.js";
import { tell } from "../toast.js";
import { backupTable } from "./backups.js";
import { defectCards } from "./defects.js";
import { setDialog, setTable } from "./sets.js";

const TYPES = { csv: "text/csv", geojson: "application/geo+json", json: "application/geo+json" };
let mayUse = false;

translatePage();
start().catch(tell);

async function start() {
  const { permissions } = await session();
  mayUse = permissions.includes("edit_places");
  setTimeZone((await get("/town")).timezone);
  find("#import").addEventListener("submit", bringIn);
  await draw();
}

async function draw() {
  const [defects, backups, sets] = await Promise.all(
    [get("/places/defects"), get("/places/backups"), get("/places/sets")]);
  replace(find("#defects"), defects.items.length ? defectCards(defects.items)
    : empty("calm", t("places.none"), t("places.none_hint")));
  replace(find("#backups"), backups.items.length ? backupTable(backups.items, proposed)
    : h("p.faint", {}, t("places.backups_none")));
  replace(find("#sets"), sets.items.length ? setTable(sets.items, open)
    : h("p.faint", {}, t("places.sets_none")));
}

async function bringIn(event) {
  event.preventDefault();
  const form = event.target;
  const [file] = form.elements.file.files;
  const type = TYPES[file.name.split(".").pop().toLowerCase()] ?? "text/plain";
  await send(new Blob([file], { type }), form.elements.note.value, form.elements.amend.checked);
  form.elements.file.value = "";
}

/** The proposals as a set that amends the grids in force. */
function proposed(lines) {
  const text = ["code,worker_b", ...lines].join("\n");
  return send(new Blob([text], { type: TYPES.csv }), t("places.backups"), true);
}

async function send(blob, note, amend) {
  const place = find("#import-faults");
  replace(place);
  try {
    const query = new URLSearchParams({ note, amend });
    const found = await post(`/places/sets?${query}`, blob);
    setDialog(found, { mayUse, changed });
    await draw();
  } catch (problem) {
    if (problem.faults?.length) replace(place, faultList(problem.faults));
    else tell(problem);
  }
}

function faultList(faults) {
  return h("ul.places-faults", {}, faults.map((fault) =>
    h("li", {}, h("strong", {}, fault.where), ` ${say(fault.message)} `, h("em", {}, fault.fix))));
}

async function open(id) {
  try {
    setDialog(await get(`/places/sets/${id}`), { mayUse, changed });
  } catch (problem) {
    tell(problem);
  }
}

function changed() {
  draw().catch(tell);
}
