// Stills of the cameras on screen, asked for again and again while somebody can see them.
// Asking is what has them made: a tile out of sight or a page in the background costs nothing.

import { getPicture } from "../api.js";

const ON_THE_WALL = 5000;
const ENLARGED = 2500; // cameras are scanned every two seconds or so
const NOT_YET = 1500;
const SEES_NOTHING = 20000; // there is nothing new; but it may be back before the state says so
const TICK = 500;
const AT_ONCE = 4; // of the six connections that a browser has to a server

/** Fires "still" with detail {id, url, at} for each new picture. */
export class Stills extends EventTarget {
  #known = new Map();
  #asked = new Map();
  #answered = new Set();
  #asking = new Set();
  #visible = new Set();
  #enlarged = null;
  #isSeeing;
  #mayLook;
  #observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "64px" });

  constructor(isSeeing, mayLook) {
    super();
    this.#isSeeing = isSeeing;
    this.#mayLook = mayLook;
    setInterval(() => this.#askForDue(), TICK);
    document.addEventListener("visibilitychange", () => this.#askForDue());
  }

  /** The newest picture of a camera, {url, at}, or undefined. */
  of(id) {
    return this.#known.get(id);
  }

  /** Ask for the cameras of these tiles (`data-camera`) whenever they are in sight. */
  watch(tiles) {
    this.#observer.disconnect();
    this.#visible.clear();
    for (const tile of tiles) this.#observer.observe(tile);
  }

  /** Ask for one camera more often, until it is another's turn (or nobody's: null). */
  enlarge(id) {
    this.#enlarged = id;
    this.#askForDue();
  }

  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#visible.add(target.dataset.camera);
      else this.#visible.delete(target.dataset.camera);
    }
    this.#askForDue();
  }

  #askForDue() {
    if (document.hidden || !this.#mayLook) return;
    const ids = new Set(this.#enlarged === null ? [] : [this.#enlarged]);
    for (const id of this.#visible) ids.add(id);
    for (const id of ids) {
      if (this.#asking.size >= AT_ONCE) return;
      if (!this.#asking.has(id) && this.#isDue(id)) this.#ask(id);
    }
  }

  #isDue(id) {
    const asked = this.#asked.get(id);
    return asked === undefined || performance.now() >= asked + this.#pause(id);
  }

  async #ask(id) {
    this.#asking.add(id);
    this.#asked.set(id, performance.now());
    // A still that cannot be had is no news: the camera's state says why.
    const still = await getPicture(`/cameras/${id}/still`).catch(() => null);
    this.#asking.delete(id);
    if (still) this.#answered.add(id);
    else this.#answered.delete(id);
    if (still && still.at !== this.#known.get(id)?.at) this.#keep(id, still);
    this.#askForDue();
  }

  #pause(id) {
    if (!this.#isSeeing(id)) return SEES_NOTHING;
    if (!this.#answered.has(id)) return NOT_YET;
    return id === this.#enlarged ? ENLARGED : ON_THE_WALL;
  }

  #keep(id, { blob, at }) {
    const old = this.#known.get(id);
    const still = { url: URL.createObjectURL(blob), at };
    this.#known.set(id, still);
    this.dispatchEvent(new CustomEvent("still", { detail: { id, ...still } }));
    // Pictures that were shown are decoded; only one that has not been is lost by this.
    if (old) setTimeout(() => URL.revokeObjectURL(old.url), ON_THE_WALL);
  }
}

/** Let a new picture appear over the one before it in `frame`. */
export async function fadeIn(frame, { url }) {
  const picture = new Image();
  picture.className = "still";
  picture.alt = "";
  picture.src = url;
  await picture.decode().catch(() => {});
  if (!picture.naturalWidth) return;
  const before = [...frame.querySelectorAll("img.still")];
  if (before.length) before.at(-1).after(picture);
  else frame.prepend(picture);
  frame.dataset.still = "";
  // None where motion is not wanted; a rejected one was cut off by its tile being hidden.
  await Promise.allSettled(picture.getAnimations().map(({ finished }) => finished));
  for (const old of before) old.remove();
}
