// The live stream: what changed, told by the server as it happens.
// EventSource sends Last-Event-ID by itself when it reconnects, so nothing in between is missed.
// Where the browser gives up for good (an answer that is no stream), we open it again.

import { session } from "./api.js";

const KINDS = ["alert", "ticket", "camera", "sensor", "notice", "report"];
const FRESH = ["ready", "reset"];
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const PATIENCE = 4000; // the server ends every stream after ten minutes; that is no outage

/**
 * `onChange({kind, id, what, at})` for each change; `onState("live" | "connecting" | "lost")`;
 * `onFresh()` when everything must be read anew: at the start, and when the server no longer
 * knows what was missed.
 */
export function follow({ onChange, onState, onFresh }) {
  let wait = FIRST_WAIT;
  let losing;

  function open() {
    const source = new EventSource("/api/v1/stream");
    source.addEventListener("open", live);
    source.addEventListener("error", () => {
      losing ??= setTimeout(() => onState("lost"), PATIENCE);
      if (source.readyState === EventSource.CLOSED) openLater();
    });
    for (const name of FRESH) source.addEventListener(name, onFresh);
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => onChange(JSON.parse(event.data)));
    }
  }

  function live() {
    clearTimeout(losing);
    losing = undefined;
    wait = FIRST_WAIT;
    onState("live");
  }

  function openLater() {
    // Half of the wait is chance, so that a hundred desks do not all come back at once.
    setTimeout(reopen, wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  async function reopen() {
    try {
      await session(); // an expired session leads to the log-in page from here
      open();
    } catch {
      openLater();
    }
  }

  onState("connecting");
  open();
}
