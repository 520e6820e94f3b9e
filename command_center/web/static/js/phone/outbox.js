// Moves that could not be sent yet: kept on the phone, sent when the network is back, each with
// the history that the person saw. What another has done in between is told, never overwritten.

import { get } from "../api.js";
import { afterRace, makeMove } from "../moves.js";
import { read, write } from "../settings.js";
import { words } from "../toast.js";

const KEY = "unsent";
const AGAIN = 20000;

export class Outbox extends EventTarget {
  #entries = read(KEY, []);
  #sending = false;

  constructor(login) {
    super();
    this.login = login;
    addEventListener("online", () => this.flush());
    setInterval(() => this.flush(), AGAIN);
  }

  /** Mine: another person may have used this phone before. */
  get entries() {
    return this.#entries.filter(({ login }) => login === this.login);
  }

  of(ticketId) {
    return this.entries.find((entry) => entry.ticketId === ticketId);
  }

  /** Keep a move for later. Throws a DOMException when the phone has no room for its photos. */
  async add(ticket, move, { values, photos }) {
    const entry = {
      id: crypto.randomUUID?.() ?? String(Math.random()),
      login: this.login,
      ticketId: ticket.id,
      number: ticket.number,
      move: move.move,
      label: move.label,
      values,
      photos: await Promise.all(photos.map(asText)),
      expectedSeq: ticket.seq,
    };
    this.#keep([...this.#entries, entry]);
  }

  discard(id) {
    this.#keep(this.#entries.filter((entry) => entry.id !== id));
  }

  /** Try to send what waits, oldest first; stops at the first sign that the network is away. */
  async flush() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (const entry of this.entries.filter(({ refused }) => !refused)) await this.#send(entry);
    } catch (error) {
      if (!error.offline) throw error;
    } finally {
      this.#sending = false;
    }
  }

  async #send(entry) {
    try {
      const photos = await Promise.all(entry.photos.map(asBlob));
      const ticket = await makeMove(entry.ticketId, { ...entry, photos });
      this.#sent(entry, ticket);
    } catch (error) {
      if (error.offline) throw error;
      await this.#refused(entry, error);
    }
  }

  async #refused(entry, error) {
    if (error.status === 409) {
      const ticket = await get(`/tickets/${entry.ticketId}`);
      if (this.#hasArrived(entry, ticket)) return this.#sent(entry, ticket);
    }
    const race = error.status === 409 && (await afterRace(entry.ticketId, this.login));
    const refused = race ? race.words : words(error);
    this.#keep(this.#entries.map((e) => (e.id === entry.id ? { ...e, refused } : e)));
    return undefined;
  }

  /** The answer to an earlier try was lost on its way: the move was made all the same. */
  #hasArrived({ move, expectedSeq }, ticket) {
    return ticket.transitions.some(
      (step) => step.seq > expectedSeq && step.by === this.login && step.move === move,
    );
  }

  #sent(entry, ticket) {
    this.discard(entry.id);
    this.dispatchEvent(new CustomEvent("sent", { detail: { entry, ticket } }));
  }

  #keep(entries) {
    write(KEY, entries);
    this.#entries = entries;
    this.dispatchEvent(new Event("change"));
  }
}

function asText(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

/** Back from a data URL; by hand, because the page's policy lets nothing be fetched but ours. */
function asBlob(text) {
  const [head, body] = text.split(",");
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: /^data:([^;]+)/.exec(head)[1] });
}
