// Lists that change a little at a time: only the entries that differ are made anew.

const shown = new WeakMap();

/**
 * Let `container` show `items` in order. An entry is rendered again only when what `print`
 * says of it has changed; new entries carry the class `new` until their animation has ended.
 */
export function renderList(container, items, { key, print, render }) {
  const before = shown.get(container);
  const now = new Map();
  const focusedKey = keyOfFocus(container, before);
  for (const item of items) {
    now.set(key(item), entry(item, before?.get(key(item)), before !== undefined, print, render));
  }
  const nodes = [...now.values()].map(({ node }) => node);
  if (!sameChildren(container, nodes)) container.replaceChildren(...nodes);
  shown.set(container, now);
  now.get(focusedKey)?.node.focus({ preventScroll: true });
}

function entry(item, old, animate, print, render) {
  const printed = print(item);
  if (old && old.printed === printed) return old;
  const node = render(item);
  if (animate && !old) {
    node.classList.add("new");
    node.addEventListener("animationend", () => node.classList.remove("new"), { once: true });
  }
  return { printed, node };
}

function keyOfFocus(container, entries) {
  const focused = document.activeElement;
  if (!entries || !focused || !container.contains(focused)) return undefined;
  for (const [key, { node }] of entries) if (node === focused) return key;
  return undefined;
}

function sameChildren(container, nodes) {
  return (
    container.childElementCount === nodes.length &&
    nodes.every((node, index) => container.children[index] === node)
  );
}
