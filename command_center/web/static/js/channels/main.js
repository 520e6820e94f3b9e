// How I am reached; for administrators how anybody is, and for the centre who cannot be.

import { get, session } from "../api.js";
import { find, h, show } from "../dom.js";
import { say, setTimeZone, t, translatePage, word } from "../language.js";
import { follow } from "../stream.js";
import { tell } from "../toast.js";
import { showChannels } from "./mine.js";
import { showWatch } from "./watch.js";

const FATES = ["queued", "failed", "sent", "acknowledged", "given_up", "withdrawn"];

translatePage();
start().catch(tell);

async function start() {
  const me = await session();
  const may = (permission) => me.permissions.includes(permission);
  setTimeZone((await get("/town")).timezone);
  if (may("see_alerts")) find("#home").href = "/";
  if (may("edit_people")) await choosePerson(me.person);
  await showChannels("", me.person.login);
  if (may("see_deliveries")) await watch(may("ring_up"));
}

async function choosePerson(self) {
  const { items } = await get("/people");
  const others = items.filter(({ login, active }) => active && login !== self.login);
  const choice = find("#whose");
  choice.replaceChildren(...[self, ...others].map((person) =>
    h("option", { value: person.login }, say(person.name))));
  choice.addEventListener("change", () => showChannels(choice.value, self.login).catch(tell));
  show(choice, true);
}

async function watch(mayRing) {
  for (const card of ["phone-orders", "gaps", "deliveries"]) show(find(`#${card}-card`), true);
  const fate = find("#fate");
  fate.replaceChildren(h("option", { value: "" }, t("connections.all")),
    ...FATES.map((each) => h("option", { value: each }, word("message_fate", each))));
  const draw = () => showWatch(mayRing).catch(tell);
  fate.addEventListener("change", draw);
  await draw();
  follow({
    onChange: ({ kind }) => (kind === "ticket" || kind === "notice") && draw(),
    onFresh: draw,
    onState: () => {},
  });
}
