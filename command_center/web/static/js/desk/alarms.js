// What calls an operator who looks elsewhere: a sound, the page's title, a spoken line.

import { say, t } from "../language.js";
import { isUrgent, placeOf } from "../labels.js";
import { read, write } from "../settings.js";
import { announce } from "../toast.js";

const SOUND = "sound";
let audio;

export function soundIsOn() {
  return read(SOUND, false);
}

/** Called by a press of a button, which is when a browser lets a page make sounds. */
export function switchSound() {
  write(SOUND, !soundIsOn());
  if (soundIsOn()) beep(false);
}

export function alarms(store) {
  store.addEventListener("opened", ({ detail: alert }) => {
    const words = t("alerts.new", { name: say(alert.name), place: placeOf(alert) });
    announce(words, { atOnce: isUrgent(alert) });
    if (soundIsOn()) beep(isUrgent(alert));
  });
  const title = document.title;
  setInterval(() => {
    const urgent = store.openAlerts.filter(isUrgent).length;
    const flash = urgent > 0 && document.title === title;
    document.title = flash ? t("alerts.flash", { count: urgent }) : title;
  }, 1000);
}

/** Two short tones; for something urgent three higher ones. */
function beep(urgent) {
  audio ??= new AudioContext();
  const tones = urgent ? [880, 880, 1175] : [587, 740];
  for (const [index, frequency] of tones.entries()) {
    const start = audio.currentTime + index * 0.18;
    const tone = new OscillatorNode(audio, { frequency, type: "triangle" });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.16);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.17);
  }
}
