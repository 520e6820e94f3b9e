// The phone page: tabs at the thumb, pages by the address, one banner for what waits to be sent.

import { get, logOut, session } from "../api.js";
import { busy } from "../busy.js";
import { empty, find, h, icon, show } from "../dom.js";
import { say, setTimeZone, t, translatePage, word } from "../language.js";
import { follow } from "../stream.js";
import { announce, tell, toast, words } from "../toast.js";
import { showMessages } from "./messages.js";
import { Outbox } from "./outbox.js";
import { showPatrol } from "./patrol.js";
import { showTask } from "./task.js";
import { showTasks } from "./tasks.js";

translatePage();
start().catch((error) => find("#page").replaceChildren(empty("warning", words(error))));

async function start() {
  const me = await session();
  const [town, catalogue] = await Promise.all([get("/town"), get("/catalogue")]);
  setTimeZone(town.timezone);
  const outbox = new Outbox(me.person.login);
  const state = { me, town, catalogue, outbox, again: draw };
  show(find("#tab-report"), me.permissions.includes("report_patrol"));
  show(find("#tab-desk"), me.permissions.includes("see_alerts"));

  addEventListener("hashchange", draw);
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);
  outbox.addEventListener("change", () => showUnsent(outbox));
  outbox.addEventListener("sent", ({ detail }) => {
    toast(t("phone.sent", { move: say(detail.entry.label) }), "good");
    draw();
  });
  showNetwork();
  showUnsent(outbox);
  showUnread().catch(tell);
  follow({
    onChange: (change) => {
      if (change.kind === "ticket") showUnread().catch(tell);
      if (isShown(change)) draw();
    },
    onFresh: () => Promise.all([outbox.flush(), draw()]).catch(tell),
    onState: (live) => show(find("#offline"), live === "lost" || !navigator.onLine),
  });

  async function draw() {
    const [, name = "tasks", id] = /^#\/(\w+)(?:\/([\w-]+))?$/.exec(location.hash) ?? [];
    const page = find("#page");
    if (page.dataset.page !== location.hash) window.scrollTo(0, 0);
    page.dataset.page = location.hash;
    markTab(name);
    try {
      await pages[name in pages ? name : "tasks"](page, id);
    } catch (error) {
      tell(error);
    }
  }

  const pages = {
    tasks: (page) => showTasks(page, state),
    task: (page, id) => showTask(page, id, state),
    report: (page) => showPatrol(page, state),
    messages: (page) => showMessages(page, { seen: showUnread }),
    me: (page) => showMe(page, state),
  };
}

/** A half-filled form is not drawn over; a new task is said aloud wherever one is. */
function isShown({ kind, id, what }) {
  if (kind !== "ticket") return false;
  if (what === "opened") announce(t("phone.tasks"));
  if (document.querySelector("dialog[open]")) return false;
  const here = location.hash;
  return here === "" || here === "#/tasks" || here === `#/task/${id}`;
}

function markTab(name) {
  for (const tab of document.querySelectorAll("#tabs a")) {
    const current = tab.dataset.tab === name || (name === "task" && tab.dataset.tab === "tasks");
    if (current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

async function showUnread() {
  const { unread } = await get("/notifications", { unread: true, limit: 1 });
  const count = find("#unread");
  count.textContent = unread;
  show(count, unread > 0);
}

function showNetwork() {
  show(find("#offline"), !navigator.onLine);
}

/** What waits on this phone, and what was refused and why. */
function showUnsent(outbox) {
  const waiting = outbox.entries;
  const place = find("#unsent");
  show(place, waiting.length > 0);
  const send = h("button.button", {
    type: "button",
    onclick: ({ currentTarget }) => busy(currentTarget, () => outbox.flush()),
  }, t("phone.send_now"));
  place.replaceChildren(
    h("div.line", {}, h("strong", {}, t("phone.unsent", { count: waiting.length })), send),
    h("ul", {}, waiting.map((entry) => unsent(entry, outbox))),
  );
}

function unsent(entry, outbox) {
  const move = say(entry.label);
  return h(
    "li",
    {},
    h("span", {}, h("span.mono", {}, entry.number), " ", entry.refused
      ? t("phone.refused", { move, why: entry.refused })
      : t("phone.unsent_one", { move })),
    entry.refused && h("button.button.quiet",
      { type: "button", onclick: () => outbox.discard(entry.id) }, t("phone.discard")),
  );
}

function showMe(page, { me }) {
  const roles = me.person.roles.map((role) => word("role", role)).join(t("separator"));
  page.replaceChildren(
    h("h1.page-title", {}, t("phone.me")),
    h("section.card.who", {}, icon("user"),
      h("div", {}, h("strong", {}, say(me.person.name)), h("p.soft", {}, roles))),
    h("a.button.tall", { href: "/channels" }, icon("bell"), t("channels.title")),
    h("button.button.tall", { type: "button", "data-switch-language": "" }),
    h("button.button.danger.tall", {
      type: "button",
      onclick: ({ currentTarget }) => busy(currentTarget, logOut),
    }, icon("out"), t("menu.logout")),
  );
  translatePage();
}
