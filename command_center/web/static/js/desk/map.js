// The village map: its grids as drawn in the town file, cameras, and open alerts. No tiles.

import { find, setVars, svg } from "../dom.js";
import { placeOf } from "../labels.js";
import { say, t, word } from "../language.js";
import { sensorWords, valueOf } from "./sensors.js";

const SIZE = 1000;
const MARGIN = 40;
const LEAST_SPAN = 0.002; // degrees, about 200 m: a town of one camera is no single pixel

export function mapPanel({ store, select }) {
  const place = find("#map");
  const projection = projectionOf(pointsOf(store));
  const map = drawTown(store.town, projection);
  const cameras = svg("g");
  const sensors = svg("g");
  const alerts = svg("g");
  map.append(cameras, sensors, alerts);
  place.append(map);
  store.addEventListener("cameras", () => {
    cameras.replaceChildren(...store.cameras.map((camera) => cameraPoint(camera, projection)));
  });
  store.addEventListener("sensors", () => {
    sensors.replaceChildren(...store.sensors.map((sensor) => sensorPoint(sensor, projection)));
  });
  store.addEventListener("alerts", () => {
    alerts.replaceChildren(
      ...store.openAlerts.reverse().map((alert) => alertPoint(alert, projection, select)),
    );
  });
}

/** A map on which one place can be chosen; `picked({lon, lat})` is called with each choice. */
export function pickMap(store, picked) {
  const projection = projectionOf(pointsOf(store));
  const map = drawTown(store.town, projection);
  const marker = svg("circle.picked", { visibility: "hidden" });
  map.append(marker);
  map.classList.add("pick");
  map.addEventListener("click", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(map.getScreenCTM().inverse());
    marker.setAttribute("cx", point.x);
    marker.setAttribute("cy", point.y);
    marker.removeAttribute("visibility");
    picked(projection.inverse(point.x, point.y));
  });
  return map;
}

function pointsOf({ town, cameras }) {
  const rings = town.grids.features.flatMap(({ geometry }) => piecesOf(geometry).flat(2));
  const spots = cameras.map(({ position }) => [position.lon, position.lat]);
  return rings.length + spots.length ? [...rings, ...spots] : [[town.centre.lon, town.centre.lat]];
}

/**
 * Degrees to pictures: equirectangular about the middle latitude. Over the few kilometres of a
 * village that is off by less than a pixel, and straight lines stay straight.
 */
export function projectionOf(points) {
  const [west, east] = extent(points.map(([lon]) => lon));
  const [south, north] = extent(points.map(([, lat]) => lat));
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const width = (east - west) * squeeze;
  const scale = (SIZE - 2 * MARGIN) / Math.max(width, north - south);
  return {
    width: width * scale + 2 * MARGIN,
    height: (north - south) * scale + 2 * MARGIN,
    forward: (lon, lat) => [
      (lon - west) * squeeze * scale + MARGIN,
      (north - lat) * scale + MARGIN,
    ],
    inverse: (x, y) => ({
      lon: round(west + (x - MARGIN) / scale / squeeze),
      lat: round(north - (y - MARGIN) / scale),
    }),
  };
}

function extent(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const missing = Math.max(0, LEAST_SPAN - (high - low)) / 2;
  return [low - missing, high + missing];
}

function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6; // a tenth of a metre
}

function drawTown(town, projection) {
  const map = svg("svg.town-map", {
    viewBox: `0 0 ${projection.width} ${projection.height}`,
    "aria-label": t("map.title"),
    role: "group",
  });
  map.append(...town.grids.features.map((grid) => gridShape(grid, projection)));
  map.append(...town.grids.features.map((grid) => gridName(grid, projection)));
  sizes.observe(map);
  return map;
}

/** Points and letters keep their size on the screen however large the map is drawn. */
const sizes = new ResizeObserver((entries) => {
  for (const { target: map } of entries) {
    const scale = map.getScreenCTM()?.a;
    if (scale) setVars(map, { "--px": `${1 / scale}px` });
  }
});

/** The polygons of GeoJSON's Polygon or MultiPolygon, each an outer ring and its holes. */
function piecesOf({ type, coordinates }) {
  return type === "MultiPolygon" ? coordinates : [coordinates];
}

function gridShape({ geometry, properties }, { forward }) {
  const lines = piecesOf(geometry).flat().map((ring) =>
    `M${ring.map(([lon, lat]) => forward(lon, lat).join(",")).join("L")}Z`);
  return svg(`path.grid.${properties.layer}`, { d: lines.join(""), "fill-rule": "evenodd" });
}

function gridName({ geometry, properties }, { forward }) {
  const [outer] = piecesOf(geometry)[0];
  const corners = outer.slice(0, -1).map(([lon, lat]) => forward(lon, lat));
  const x = corners.reduce((sum, [cornerX]) => sum + cornerX, 0) / corners.length;
  return svg("text.grid-name", { x, y: topAt(x, corners) }, say(properties.name));
}

/** Where a line down at `x` first meets the grid: its name hangs there, out of the way. */
function topAt(x, corners) {
  const meetings = corners.flatMap(([x1, y1], index) => {
    const [x2, y2] = corners[(index + 1) % corners.length];
    return x1 <= x !== x2 <= x ? [y1 + ((x - x1) / (x2 - x1)) * (y2 - y1)] : [];
  });
  return Math.min(...meetings);
}

function cameraPoint(camera, { forward }) {
  const [x, y] = forward(camera.position.lon, camera.position.lat);
  const words = t("map.camera",
    { name: say(camera.name), state: word("camera_state", camera.state) });
  return svg("g.camera-point", { transform: `translate(${x} ${y})`, "data-state": camera.state },
    svg("title", {}, words), svg("circle"),
    svg("text", {}, say(camera.name)));
}

function sensorPoint(sensor, { forward }) {
  const [x, y] = forward(sensor.position.lon, sensor.position.lat);
  return svg("g.sensor-point", { transform: `translate(${x} ${y})`, "data-state": sensor.state },
    svg("title", {}, sensorWords(sensor)), svg("rect"),
    svg("text", {}, valueOf(sensor)));
}

function alertPoint(alert, { forward }, select) {
  const [x, y] = forward(alert.position.lon, alert.position.lat);
  const words = t("map.open_alert", { name: say(alert.name), place: placeOf(alert) });
  const choose = () => select(alert.id);
  return svg(
    `g.alert-point.${alert.urgency}`,
    {
      transform: `translate(${x} ${y})`,
      role: "button",
      tabindex: "0",
      "aria-label": words,
      "data-alert": alert.id,
      onclick: choose,
      onkeydown: (event) => (event.key === "Enter" || event.key === " ") && choose(),
    },
    svg("title", {}, words),
    svg("circle.pulse"),
    svg("circle.core"),
  );
}
