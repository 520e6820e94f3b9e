// What somebody chose for this browser.

const PREFIX = "fenghuo.";

export function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise; // written by another version
  }
}

export function write(name, value) {
  localStorage.setItem(PREFIX + name, JSON.stringify(value));
}
