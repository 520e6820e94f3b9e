// For engineers: who is told of events, what became of it, and which programs have a key.

import { get, session } from "../api.js";
import { empty, find, replace } from "../dom.js";
import { setTimeZone, t, translatePage } from "../language.js";
import { tell } from "../toast.js";
import { partnerForm, partnerRow } from "./partners.js";
import { deliveryRow, webhookForm, webhookRow } from "./webhooks.js";

translatePage();
start().catch(tell);

async function start() {
  await session();
  setTimeZone((await get("/town")).timezone);
  webhookForm(find("#add-webhook"), draw);
  partnerForm(find("#add-partner"), draw);
  find("#fate").addEventListener("change", () => draw().catch(tell));
  await draw();
}

async function draw() {
  const fate = find("#fate").value;
  const [webhooks, deliveries, partners] = await Promise.all([
    get("/webhooks"), get("/webhooks/deliveries", { fate, limit: 50 }), get("/partners"),
  ]);
  const labels = new Map(webhooks.items.map(({ id, label }) => [id, label]));
  fill("#webhooks", webhooks.items.map((row) => webhookRow(row, draw)));
  fill("#deliveries", deliveries.items.map((row) => deliveryRow(row, labels, draw)));
  fill("#partners", partners.items.map((row) => partnerRow(row, draw)));
}

function fill(place, rows) {
  replace(find(place), rows.length ? rows : empty("check", t("connections.none"), ""));
}
