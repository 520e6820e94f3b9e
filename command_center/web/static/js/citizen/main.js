// The citizens' page: file a report, or follow one by its code. No account, no session.

import { find, show } from "../dom.js";
import { translatePage } from "../language.js";
import { fileForm } from "./file.js";
import { lookUp } from "./look-up.js";

translatePage();
const look = lookUp();
fileForm({ follow: (code) => open("look", code) });

const parts = { file: find("#file"), look: find("#look") };
for (const tab of document.querySelectorAll(".segments [role=tab]")) {
  tab.addEventListener("click", () => open(tab.dataset.part));
}
if (location.hash === "#look") open("look");

function open(name, code) {
  for (const [part, element] of Object.entries(parts)) show(element, part === name);
  for (const tab of document.querySelectorAll(".segments [role=tab]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.part === name));
  }
  history.replaceState(null, "", name === "look" ? "#look" : location.pathname);
  if (code) look.open(code);
}
