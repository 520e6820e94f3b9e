// The left column: alerts to decide, urgent ones first, and those that were decided.

import { age, timeLeft } from "../clock.js";
import { empty, find, h, icon, show } from "../dom.js";
import { renderList } from "../keyed.js";
import { eventIcon, isUrgent, percent, placeOf, urgencyTag } from "../labels.js";
import { say, t, word } from "../language.js";
import { isOpen } from "./store.js";

export function alertList({ store, select }) {
  const container = find("#alert-list");
  const tabs = { open: find("#alerts-open"), decided: find("#alerts-decided") };
  let shown = "open";
  let selected = null;

  for (const [name, tab] of Object.entries(tabs)) {
    tab.addEventListener("click", () => {
      shown = name;
      draw();
    });
  }
  store.addEventListener("alerts", draw);

  function alerts() {
    return shown === "open" ? store.openAlerts : store.decidedAlerts;
  }

  function draw() {
    find("#alerts-loading").hidden = true;
    find(".count", tabs.open).textContent = store.openAlerts.length;
    for (const [name, tab] of Object.entries(tabs)) {
      tab.setAttribute("aria-selected", String(name === shown));
    }
    renderList(container, alerts(), {
      key: ({ id }) => id,
      print: (alert) => JSON.stringify([alert, alert.id === selected]),
      render: (alert) => card(alert, { selected: alert.id === selected, select, store }),
    });
    const nothing = find("#alerts-empty");
    nothing.replaceChildren(emptyWords(shown));
    show(nothing, alerts().length === 0);
  }

  return {
    select(id) {
      selected = id;
      draw();
    },
    /** Choose the alert `by` entries further down. */
    step(by) {
      const ids = alerts().map(({ id }) => id);
      if (!ids.length) return;
      const index = ids.indexOf(selected);
      const next = index < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, index + by));
      select(ids[next]);
      container.children[next].scrollIntoView({ block: "nearest" });
    },
  };
}

function emptyWords(shown) {
  if (shown === "open") return empty("calm", t("alerts.none"), t("alerts.none_hint"));
  return empty("event", t("alerts.none_decided"));
}

function card(alert, { selected, select, store }) {
  const urgent = isUrgent(alert) && isOpen(alert) ? ".urgent" : "";
  return h(
    `button.alert-card${urgent}`,
    {
      type: "button",
      "data-alert": alert.id,
      "aria-current": selected ? "true" : null,
      onclick: () => select(alert.id),
    },
    thumbnail(alert, store),
    h(
      "span.alert-words",
      {},
      h("span.alert-title", {}, h("strong", {}, say(alert.name)), urgencyTag(alert.urgency),
        age(alert.opened_at, { short: true, bare: true })),
      h("span.soft.clip", {}, placeOf(alert)),
      h("span.alert-foot", {}, h("span.faint.clip", {}, finding(alert)), state(alert)),
    ),
  );
}

function thumbnail(alert, store) {
  const box = h("span.thumb", {}, icon(eventIcon(alert.event_type)));
  if (alert.evidence.snapshot && store.may("see_evidence")) {
    box.append(h("img", { src: snapshotOf(alert), alt: "", loading: "lazy" }));
  }
  return box;
}

export function snapshotOf(alert) {
  return `/api/v1/alerts/${alert.id}/snapshot`;
}

function state(alert) {
  if (!isOpen(alert)) {
    const colour = alert.state === "confirmed" ? "green" : "";
    return h(`span.tag${colour && `.${colour}`}`, {}, word("alert_state", alert.state));
  }
  return alert.deadline && timeLeft(alert.deadline, alert.opened_at, { short: true });
}

function finding(alert) {
  const parts = [percent(alert.confidence), word("method", alert.method)];
  if (alert.events > 1) parts.push(t("alerts.repeat", { count: alert.events }));
  return parts.join(" · ");
}
