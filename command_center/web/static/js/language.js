// The words of the interface in the language that was chosen: Chinese unless somebody switched.

import { enCodes } from "./words/en-codes.js";
import { en } from "./words/en.js";
import { zhCodes } from "./words/zh-codes.js";
import { zh } from "./words/zh.js";

const KEY = "fenghuo.language";
const WORDS = { zh: { ...zh, ...zhCodes }, en: { ...en, ...enCodes } };

export const language = localStorage.getItem(KEY) === "en" ? "en" : "zh";
export const locale = language === "en" ? "en-GB" : "zh-CN";
let zone;

/** The words of a key, with `{name}` filled in; a key without words is shown as it is. */
export function t(key, values = {}) {
  const words = WORDS[language][key] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Words for a code of the API, such as a state: t("state.done"), or the code itself. */
export function word(group, code) {
  return WORDS[language][`${group}.${code}`] ?? code ?? "";
}

/** A `{zh, en}` of the API in this language. */
export function say(name) {
  if (name == null) return "";
  return typeof name === "string" ? name : (name[language] ?? name.zh ?? name.en ?? "");
}

/** Put the words into what stands in the page's HTML: data-t, data-t-label, data-t-hint. */
export function translatePage() {
  document.documentElement.lang = language === "en" ? "en" : "zh-CN";
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    element.title = t(element.dataset.tLabel);
  }
  for (const element of document.querySelectorAll("[data-t-hint]")) {
    element.placeholder = t(element.dataset.tHint);
  }
  for (const button of document.querySelectorAll("[data-switch-language]")) {
    button.textContent = language === "en" ? "中文" : "English";
    button.addEventListener("click", switchLanguage);
  }
}

function switchLanguage() {
  localStorage.setItem(KEY, language === "en" ? "zh" : "en");
  location.reload();
}

/** Show moments in the town's time zone, not in that of whoever looks. */
export function setTimeZone(name) {
  zone = name;
}

export function clockTime(moment, seconds = false) {
  return format(moment, {
    hour: "2-digit",
    minute: "2-digit",
    second: seconds ? "2-digit" : undefined,
    hourCycle: "h23",
  });
}

export function dateTime(moment) {
  return format(moment, {
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}

export function longDate(moment) {
  return format(moment, { month: "short", day: "numeric", weekday: "short" });
}

function format(moment, options) {
  if (moment == null) return "";
  return new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(new Date(moment));
}

/** "2 分 05 秒", "3 小时 10 分": the two largest units that say enough. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60];
  if (days) return t("time.days_hours", { days, hours });
  if (hours) return t("time.hours_minutes", { hours, minutes });
  if (minutes) return t("time.minutes_seconds", { minutes, seconds: pad(whole % 60) });
  return t("time.seconds", { seconds: whole });
}

/** "40 秒", "5 分", "3 小时": the largest unit alone. */
export function roughDuration(seconds) {
  if (seconds < 60) return t("time.seconds", { seconds: Math.max(0, Math.floor(seconds)) });
  if (seconds < 3600) return t("time.minutes", { minutes: Math.floor(seconds / 60) });
  return shortDuration(seconds);
}

/** "0:42", "12:05", "3 小时": for where there is little room. */
export function shortDuration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole >= 86400) return t("time.days", { days: Math.floor(whole / 86400) });
  if (whole >= 3600) return t("time.hours", { hours: Math.floor(whole / 3600) });
  return `${Math.floor(whole / 60)}:${pad(whole % 60)}`;
}

function pad(number) {
  return String(number).padStart(2, "0");
}
