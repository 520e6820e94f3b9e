// What the desk knows, read from the API and kept fresh by the stream.
// Views listen for "alerts", "tickets", "cameras", "sensors", "notices", "statistics".

import { get } from "../api.js";
import { tell } from "../toast.js";

const DECIDED_SHOWN = 40;
const TICKETS_SHOWN = 200;
const CALM = 400; // milliseconds: a burst of changes to one list is one reading

export class Store extends EventTarget {
  alerts = new Map();
  tickets = new Map();
  cameras = [];
  sensors = [];
  notices = [];
  statistics = null;
  town = null;
  #waiting = new Map();

  /** `permissions` decide what is asked for at all. */
  constructor(me) {
    super();
    this.me = me;
  }

  /** A summary has its department's code only. */
  #named(ticket) {
    const { name } = this.town.departments.find(({ code }) => code === ticket.department) ?? {};
    return { department_name: name, ...ticket };
  }

  may(permission) {
    return this.me.permissions.includes(permission);
  }

  /** Read everything; what cannot be read is told, the rest is shown. */
  async refresh() {
    const readings = [
      this.#readAlerts(),
      this.may("see_all_tickets") && this.#readTickets(),
      this.#readCameras(),
      this.#readSensors(),
      this.#readNotices(),
      this.#readStatistics(),
    ];
    for (const done of await Promise.allSettled(readings)) {
      if (done.status === "rejected") tell(done.reason);
    }
  }

  /** Take in one change of the stream. */
  take({ kind, id, what }) {
    if (kind === "alert") this.#readAlert(id, what).catch(tell);
    if (kind === "ticket" && this.may("see_all_tickets")) this.#readTicket(id).catch(tell);
    if (kind === "camera") this.#soon("cameras", () => this.#readCameras());
    if (kind === "sensor") this.#soon("sensors", () => this.#readSensors());
    if (kind === "notice") this.#soon("notices", () => this.#readNotices());
    if (kind === "alert" || kind === "ticket") this.#soon("figures", () => this.#readStatistics());
  }

  /** Values change without a word on the stream; a town without sensors is not asked again. */
  refreshSensors() {
    if (this.sensors.length > 0) this.#soon("sensors", () => this.#readSensors());
  }

  keepAlert(alert) {
    this.alerts.set(alert.id, alert);
    this.#tell("alerts");
  }

  keepTicket(ticket) {
    this.tickets.set(ticket.id, this.#named(ticket));
    this.#tell("tickets");
  }

  get openAlerts() {
    return [...this.alerts.values()].filter(isOpen).sort(mostPressing);
  }

  get decidedAlerts() {
    return [...this.alerts.values()]
      .filter((alert) => !isOpen(alert))
      .sort((a, b) => Date.parse(b.decided_at ?? b.last_seen_at) -
        Date.parse(a.decided_at ?? a.last_seen_at))
      .slice(0, DECIDED_SHOWN);
  }

  async #readAlerts() {
    const [open, recent] = await Promise.all([
      get("/alerts", { state: "open", limit: 100 }),
      get("/alerts", { limit: DECIDED_SHOWN }),
    ]);
    this.alerts = new Map([...recent.items, ...open.items].map((alert) => [alert.id, alert]));
    this.#tell("alerts");
  }

  async #readAlert(id, what) {
    const alert = await get(`/alerts/${id}`);
    const isNew = what === "opened" && isOpen(alert);
    this.keepAlert(alert);
    if (isNew) this.dispatchEvent(new CustomEvent("opened", { detail: alert }));
  }

  async #readTickets() {
    const { items } = await get("/tickets", { limit: TICKETS_SHOWN });
    this.tickets = new Map(items.map((ticket) => [ticket.id, this.#named(ticket)]));
    this.#tell("tickets");
  }

  async #readTicket(id) {
    this.keepTicket(await get(`/tickets/${id}`));
  }

  async #readCameras() {
    if (!this.may("see_cameras")) return;
    this.cameras = (await get("/cameras")).items;
    this.#tell("cameras");
  }

  async #readSensors() {
    if (!this.may("see_sensors")) return;
    this.sensors = (await get("/sensors")).items;
    this.#tell("sensors");
  }

  async #readNotices() {
    if (!this.may("see_notices")) return;
    this.notices = (await get("/notices")).items;
    this.#tell("notices");
  }

  async #readStatistics() {
    if (!this.may("see_statistics")) return;
    this.statistics = await get("/statistics/today");
    this.#tell("statistics");
  }

  #soon(name, read) {
    if (this.#waiting.has(name)) return;
    const run = () => {
      this.#waiting.delete(name);
      read().catch(tell);
    };
    this.#waiting.set(name, setTimeout(run, CALM));
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

export function isOpen(alert) {
  return alert.state === "open" || alert.state === "new";
}

/** Urgent ones first; among equals the one that must be decided soonest. */
function mostPressing(a, b) {
  const urgency = Number(b.urgency === "urgent") - Number(a.urgency === "urgent");
  return urgency || Date.parse(a.deadline ?? a.opened_at) - Date.parse(b.deadline ?? b.opened_at);
}

