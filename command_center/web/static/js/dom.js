// Elements made in code. Text is only ever set as text, so that nothing a finder writes can run.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element: h("button.button.primary", { type: "button", onclick: save }, "Save").
 * Properties that start with `on` are listeners, `vars` are CSS custom properties, booleans
 * are toggled, everything else is an attribute. Children that are null or false are left out.
 */
export function h(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  return fill(element, properties, children);
}

/** The same in the SVG namespace. */
export function svg(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElementNS(SVG, tag);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  return fill(element, properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...shown(children));
  return element;
}

/** Put `children` in place of what stands in `element`; null and false are left out. */
export function replace(element, ...children) {
  element.replaceChildren(...shown(children));
}

function shown(children) {
  return children.flat(Infinity).filter((child) => child != null && child !== false);
}

function set(element, name, value) {
  if (value == null) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "vars") setVars(element, value);
  else if (name === "value") element.value = value;
  else if (typeof value === "boolean") element.toggleAttribute(name, value);
  else element.setAttribute(name, value);
}

/** CSS custom properties through the CSSOM, which a strict style-src allows. */
export function setVars(element, values) {
  for (const [name, value] of Object.entries(values)) element.style.setProperty(name, value);
}

/** A picture from the sprite; decoration only, so hidden from screen readers. */
export function icon(name) {
  const use = svg("use", { href: `/static/icons.svg#${name}` });
  return svg("svg.icon", { "aria-hidden": "true" }, use);
}

export function find(selector, within = document) {
  const element = within.querySelector(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}

export function show(element, visible) {
  element.hidden = !visible;
}

/** What stands where a list would be when it is empty. */
export function empty(iconName, title, hint) {
  return h("div.empty", {}, icon(iconName), h("strong", {}, title), hint && h("span", {}, hint));
}
