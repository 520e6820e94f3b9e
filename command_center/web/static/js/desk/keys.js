// Keys of the desk. They rest while somebody types or a dialog is open.

export function listenForKeys({ list, detail }) {
  const actions = {
    ArrowDown: () => list.step(1),
    ArrowUp: () => list.step(-1),
    c: () => detail.confirm(),
    f: () => detail.reject(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target)) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function isTaken(target) {
  const typing = target.matches("input, textarea, select, video, [contenteditable]");
  return typing || document.querySelector("dialog[open]") !== null;
}
