// The log-in page.

import { get, logIn } from "./api.js";
import { busy } from "./busy.js";
import { find, h, icon, show } from "./dom.js";
import { duration, say, t, translatePage, word } from "./language.js";
import { words } from "./toast.js";

translatePage();
const form = find("#login-form");
const message = find("#login-error");
const submit = find("button[type=submit]", form);
const ROLES = ["operator", "grid_worker", "station_chief", "supervisor", "department", "engineer",
  "administrator", "auditor"];
const OIDC_REFUSALS = {
  denied: t("login.oidc_denied"),
  expired: t("login.oidc_expired"),
  unknown: t("login.oidc_unknown"),
  unavailable: t("login.oidc_unavailable"),
  busy: t("login.oidc_busy"),
};
const parameters = new URLSearchParams(location.search);
show(find("#login-expired"), parameters.has("expired"));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  enter(submit, form.elements.login.value.trim(), form.elements.password.value);
});

find("#show-password").addEventListener("click", ({ currentTarget: button }) => {
  const shown = form.elements.password.type === "text";
  form.elements.password.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

if (document.documentElement.dataset.demo === "yes") showDemo();
if (document.documentElement.dataset.oidc === "yes") showOidc();

function enter(button, login, password) {
  message.textContent = "";
  return busy(
    button,
    async () => {
      await logIn(login, password);
      location.assign(destination());
    },
    (error) => {
      message.textContent = refusal(error);
      form.elements.password.select();
    },
  );
}

/** Only a path of this server: `//elsewhere` and `/\elsewhere` would lead away from it. */
function destination() {
  const next = parameters.get("next") ?? "/";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}

function refusal(error) {
  if (error.status === 401 || error.status === 422) return t("login.wrong");
  if (error.status !== 429) return words(error);
  return error.retryAfter
    ? t("login.locked", { wait: duration(error.retryAfter) })
    : t("login.locked_soon");
}

/** Logging in elsewhere; what went wrong there is told when one comes back. */
function showOidc() {
  const link = find("#oidc");
  link.href += `?next=${encodeURIComponent(destination())}`;
  show(link, true);
  const refused = parameters.get("oidc");
  if (refused) message.textContent = OIDC_REFUSALS[refused] ?? t("login.oidc_refused");
}

async function showDemo() {
  const { logins, password } = await get("/demo");
  const buttons = logins.sort(byRole).map(({ login, name, role }) =>
    h(
      "button.demo-login",
      { type: "button", onclick: (event) => enter(event.currentTarget, login, password) },
      icon("user"),
      h("span", {}, h("strong", {}, say(name)), h("small", {}, word("role", role))),
    ),
  );
  const area = find("#demo");
  area.append(h("h2", {}, t("login.demo")), h("div.demo-logins", {}, buttons));
  show(area, true);
}

/** Those whom the demo is about come first. */
function byRole(a, b) {
  return ROLES.indexOf(a.role) - ROLES.indexOf(b.role);
}
