// Following a report by its code: what has happened, and what one thinks of it.

import { get, post } from "../api.js";
import { busy } from "../busy.js";
import { find, h, replace } from "../dom.js";
import { textField } from "../fields.js";
import { dateTime, say, t, word } from "../language.js";
import { toast, words } from "../toast.js";
import { keptCodes } from "./codes.js";

const RATINGS = ["satisfied", "mostly", "not"];

export function lookUp() {
  const form = find("#look-form");
  const answer = find("#look-answer");
  const send = find("button", form);
  const message = find("#look-error");
  showKept();

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    open(form.elements.code.value.trim());
  });

  function open(code) {
    form.elements.code.value = code;
    message.textContent = "";
    if (!code) return form.elements.code.focus();
    return busy(send, () => show(code), (error) => {
      answer.replaceChildren();
      message.textContent = error.status === 404 ? t("citizen.unknown") : words(error);
    });
  }

  async function show(code) {
    const report = await get(`/public/reports/${encodeURIComponent(code)}`);
    replace(answer, steps(report), report.may_rate && rate(code));
  }

  function rate(code) {
    const comment = textField(t("citizen.comment"), true, { rows: 2 });
    const submit = h("button.button.primary.huge", { type: "button", disabled: true },
      t("citizen.send_rating"));
    let chosen;
    const chips = RATINGS.map((rating) => h("button.chip", {
      type: "button",
      "aria-pressed": "false",
      "data-rating": rating,
      onclick: ({ currentTarget }) => {
        chosen = rating;
        submit.disabled = false;
        for (const chip of chips) chip.setAttribute("aria-pressed", String(chip === currentTarget));
      },
    }, word("rating", rating)));
    submit.addEventListener("click", () => busy(submit, async () => {
      const path = `/public/reports/${encodeURIComponent(code)}/rating`;
      await post(path, { rating: chosen, comment: comment.read() });
      await show(code);
      toast(t("citizen.rated"), "good");
    }, (error) => {
      message.textContent = words(error);
    }));
    return h("section.card.rate", {}, h("h3", {}, t("citizen.rate")),
      h("div.chips", { role: "group" }, chips), comment.element, submit);
  }

  function showKept() {
    const codes = keptCodes();
    if (!codes.length) return;
    const chips = codes.map((code) =>
      h("button.chip.mono", { type: "button", onclick: () => open(code) }, code));
    find("#kept-codes").replaceChildren(h("p.hint", {}, t("citizen.saved")),
      h("div.chips", {}, chips));
  }

  return { open };
}

function steps(report) {
  return h(
    "section.card",
    {},
    h("h2", {}, t("citizen.steps")),
    h("p.line", {}, h("strong", {}, say(report.name)),
      h("span.tag.brand", { "data-state": report.state }, say(report.state_name))),
    h("p.mono.faint", {}, report.number),
    h("ol.history.steps", {}, report.steps.map(({ at, text }) =>
      h("li", {}, h("span", {}, say(text)), h("time.faint", { datetime: at }, dateTime(at))))),
  );
}
