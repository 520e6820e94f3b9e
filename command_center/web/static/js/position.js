// Where somebody is: asked for only when a button is pressed, and refused without harm.

import { h, icon } from "./dom.js";
import { t } from "./language.js";
import { label } from "./photo.js";

const OPTIONS = { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 };

/** A field that takes the device's position: `element`, `position()` → {lon, lat} or undefined. */
export function positionField({ optional = false } = {}) {
  let position;
  const status = h("span.hint", { "aria-live": "polite" });
  const button = h("button.button", { type: "button", onclick: locate },
    icon("pin"), t("form.locate"));

  function locate() {
    if (!navigator.geolocation) {
      status.textContent = t("form.locate_denied");
      return;
    }
    status.textContent = t("form.locating");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        position = { lon: coords.longitude, lat: coords.latitude };
        status.textContent = t("form.located", { metres: Math.round(coords.accuracy) });
      },
      () => {
        status.textContent = t("form.locate_denied");
      },
      OPTIONS,
    );
  }

  return {
    element: h("div.field", {}, label(t("form.position"), optional), button, status),
    position: () => position,
    fail(text) {
      status.textContent = text;
    },
  };
}
