// The small form that a move asks for: one field for each of its needs.

import { h } from "./dom.js";
import { say, t, word } from "./language.js";
import { label, photoField } from "./photo.js";
import { positionField } from "./position.js";

const RATINGS = ["satisfied", "mostly", "not"];

/**
 * A form for `move.needs` (and what is welcome besides). `people` and `departments` are those
 * that can be chosen. Gives `element`, `read()` → {values, photos} or null when something is
 * missing, `progress(fraction)`, and `fail(field, text)` for what the server refused.
 */
export function moveForm(move, { people = [], departments = [], welcome = [] } = {}) {
  const choices = { people, departments };
  const wanted = [...move.needs, ...welcome.filter((need) => !move.needs.includes(need))];
  const fields = new Map(
    wanted.map((need) => [need, MAKERS[need](!move.needs.includes(need), choices)]),
  );
  const element = h("div.form", {}, [...fields.values()].map((field) => field.element));

  function read() {
    const values = {};
    let photos = [];
    let complete = true;
    for (const [need, field] of fields) {
      const value = field.read();
      const missing = value === undefined || value.length === 0;
      field.fail(missing && move.needs.includes(need) ? t("form.needed") : "");
      if (missing) complete &&= !move.needs.includes(need);
      else if (need === "photo") photos = value;
      else values[need] = value;
    }
    if (!complete) element.querySelector("[aria-invalid=true]")?.focus();
    return complete ? { values, photos } : null;
  }

  return {
    element,
    read,
    progress: (fraction) => fields.get("photo")?.progress(fraction),
    fail: (name, text) => {
      const field = fields.get(name === "photos" ? "photo" : name?.split(".")[0]);
      field?.fail(text);
      return Boolean(field);
    },
  };
}

const MAKERS = {
  reason: (optional) => textField(t("form.reason"), optional),
  note: (optional) => textField(t("form.note"), optional),
  photo: (optional) => {
    const field = photoField({ optional });
    return { ...field, read: field.blobs };
  },
  position: (optional) => {
    const field = positionField({ optional });
    return { ...field, read: field.position };
  },
  assignee: (optional, { people }) =>
    selectField(t("form.assignee"), optional, people.map((p) => [p.login, personLabel(p)])),
  department: (optional, { departments }) =>
    selectField(t("form.department"), optional, departments.map((d) => [d.code, say(d.name)])),
  rating: (optional) =>
    selectField(t("form.rating"), optional, RATINGS.map((r) => [r, word("rating", r)])),
  until: (optional) => momentField(t("form.until"), optional),
};

function personLabel(person) {
  const roles = (person.roles ?? []).map((role) => word("role", role)).join(t("separator"));
  return roles ? `${say(person.name)} · ${roles}` : say(person.name);
}

export function textField(text, optional, properties = {}) {
  const input = h("textarea.input", { rows: 3, maxlength: 2000, ...properties });
  return field(text, optional, input, () => input.value.trim());
}

export function lineField(text, optional, properties = {}) {
  const input = h("input.input", { maxlength: 200, ...properties });
  return field(text, optional, input, () => input.value.trim());
}

export function selectField(text, optional, options, none = t("form.choose")) {
  const input = h(
    "select.input",
    {},
    none !== null && h("option", { value: "" }, none),
    options.map(([value, words]) => h("option", { value }, words)),
  );
  return field(text, optional, input, () => input.value);
}

function momentField(text, optional) {
  const input = h("input.input", { type: "datetime-local" });
  return field(text, optional, input, () => input.value && new Date(input.value).toISOString());
}

function field(text, optional, input, read) {
  const message = h("span.error", { role: "alert" });
  return {
    element: h("label.field", {}, label(text, optional), input, message),
    input,
    read,
    fail(words) {
      message.textContent = words;
      input.setAttribute("aria-invalid", String(Boolean(words)));
    },
  };
}
