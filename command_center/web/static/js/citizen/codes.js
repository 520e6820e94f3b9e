// Query codes that this device was given, so that nobody has to type one back in.

import { read, write } from "../settings.js";

const KEY = "codes";
const MOST = 10;

export function keptCodes() {
  return read(KEY, []);
}

export function keepCode(code) {
  write(KEY, [code, ...keptCodes().filter((kept) => kept !== code)].slice(0, MOST));
}
