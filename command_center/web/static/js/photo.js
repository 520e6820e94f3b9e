// Photos on their way in: made smaller before they are sent, shown before they are sent.

import { h, icon, show } from "./dom.js";
import { t } from "./language.js";

const LONGEST_SIDE = 1920; // enough to read a number plate-sized sign; 12 MP over 3G takes minutes
const QUALITY = 0.85;
const MOST = 6;

/** A JPEG no larger than it needs to be. Throws an Error with words for people. */
export async function shrink(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error(t("error.no_camera_file"));
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = h("canvas", {
    width: Math.round(picture.width * scale),
    height: Math.round(picture.height * scale),
  });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** A field that takes photos: `element`, `blobs()`, `progress(fraction)`, `fail(text)`. */
export function photoField({ optional = false } = {}) {
  const blobs = [];
  const previews = h("div.thumbs");
  const message = h("p.error", { role: "alert" });
  const bar = h("progress", { max: 1, value: 0, hidden: true });
  const input = h("input.sr-only", { type: "file", accept: "image/*", capture: "environment" });
  const words = h("span", {}, t("form.take_photo"));
  const button = h("label.photo-button", {}, icon("photo"), words, input);

  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = "";
    if (file) await add(file);
  });

  async function add(file) {
    message.textContent = "";
    words.textContent = t("form.reading");
    try {
      const blob = await shrink(file);
      blobs.push(blob);
      previews.append(preview(blob));
    } catch (error) {
      message.textContent = error.message;
    }
    refresh();
  }

  function preview(blob) {
    const url = URL.createObjectURL(blob);
    const figure = h(
      "figure",
      {},
      h("img", { src: url, alt: t("form.photo") }),
      h("button.remove", {
        type: "button",
        "aria-label": t("form.remove_photo"),
        onclick: () => {
          blobs.splice(blobs.indexOf(blob), 1);
          URL.revokeObjectURL(url);
          figure.remove();
          refresh();
        },
      }, icon("cross")),
    );
    return figure;
  }

  function refresh() {
    words.textContent = t(blobs.length ? "form.add_photo" : "form.take_photo");
    show(button, blobs.length < MOST);
  }

  return {
    element: h(
      "div.field",
      {},
      label(t("form.photo"), optional),
      previews,
      button,
      bar,
      message,
    ),
    blobs: () => [...blobs],
    progress(fraction) {
      show(bar, fraction < 1);
      bar.value = fraction;
    },
    fail(text) {
      message.textContent = text;
    },
  };
}

export function label(text, optional) {
  return h("span.label", {}, text, optional && h("span.optional", {}, ` · ${t("optional")}`));
}
