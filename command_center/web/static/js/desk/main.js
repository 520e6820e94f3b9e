// The operators' desk: puts its parts together and keeps the address bar and keys in step.

import { get, session } from "../api.js";
import { find, show } from "../dom.js";
import { setTimeZone, translatePage } from "../language.js";
import { follow } from "../stream.js";
import { tell } from "../toast.js";
import { alertDetail } from "./alert-detail.js";
import { alertList } from "./alert-list.js";
import { alarms } from "./alarms.js";
import { cameraWall } from "./cameras.js";
import { listenForKeys } from "./keys.js";
import { mapPanel } from "./map.js";
import { openReportForm } from "./report-form.js";
import { sensorList } from "./sensors.js";
import { Store } from "./store.js";
import { openTicket } from "./ticket-dialog.js";
import { ticketBoard } from "./ticket-board.js";
import { showStreamState, topBar } from "./top-bar.js";

translatePage();
start().catch(tell);

async function start() {
  const me = await session();
  const store = new Store(me);
  [store.town, store.catalogue] = await Promise.all([get("/town"), get("/catalogue")]);
  setTimeZone(store.town.timezone);
  const desk = { store, select, openTicket: (id) => openTicket(store, id, select) };

  topBar(desk);
  const list = alertList(desk);
  const detail = alertDetail(desk);
  ticketBoard(desk);
  mapPanel(desk);
  cameraWall(desk);
  sensorList(desk);
  alarms(store);
  panels();
  listenForKeys({ list, detail });
  show(find("#to-shadows"), store.may("see_shadows"));
  show(find("#to-places"), store.may("draw_places"));
  show(find("#to-connections"), store.may("edit_connections"));
  const report = find("#new-report");
  show(report, store.may("report_centre"));
  report.addEventListener("click", () => openReportForm(desk));

  function select(id) {
    const hash = id == null ? "" : `#alert-${id}`;
    if (location.hash !== hash) history.replaceState(null, "", hash || location.pathname);
    list.select(id);
    detail.show(id);
    if (id != null) find("#tab-alert").click();
  }

  store.addEventListener("alerts", openFromAddress, { once: true });
  function openFromAddress() {
    const [, kind, id] = /^#(alert|ticket)-(\d+)$/.exec(location.hash) ?? [];
    if (kind === "alert") select(id);
    if (kind === "ticket") openTicket(store, id, select);
  }

  follow({
    onChange: (change) => store.take(change),
    onFresh: () => store.refresh(),
    onState: showStreamState,
  });
}

/** The map has the room until an alert is chosen. On a small screen the centre shows one of its panels at a time; on a large one all of them. */
function panels() {
  const centre = find("#centre");
  for (const tab of centre.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => {
      centre.dataset.panel = tab.dataset.panel;
      for (const other of centre.querySelectorAll("[role=tab]")) {
        other.setAttribute("aria-selected", String(other === tab));
      }
    });
  }
}
