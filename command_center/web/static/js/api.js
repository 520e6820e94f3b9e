// The way to the command center's API: one place for CSRF, errors and expired sessions.

const BASE = "/api/v1";
let csrfToken = "";
let clockOffset = 0;
let leaving = null; // while logging out, a promise: nothing may be asked beside or after it
const underway = new Set();

/** An error as the API tells it (RFC 9457), or status 0 when nothing could be reached. */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = undefined) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.field = body.field;
    this.faults = body.faults ?? [];
    this.retryAfter = retryAfter;
  }

  get offline() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** The server's present moment in milliseconds: a phone with a wrong clock still counts right. */
export function now() {
  return Date.now() + clockOffset;
}

export function get(path, parameters = {}) {
  const query = new URLSearchParams(
    Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ""),
  ).toString();
  return request("GET", query ? `${path}?${query}` : path);
}

/** `body` as JSON, or a Blob as it is, with its own type. */
export function post(path, body = {}) {
  return request("POST", path, body);
}

export function put(path, body = {}) {
  return request("PUT", path, body);
}

export function remove(path) {
  return request("DELETE", path);
}

/** POST that answers with bytes, such as a picture. */
export async function postForBlob(path, body) {
  const response = await exchange("POST", path, body);
  return response.blob();
}

/** A picture that may not be there yet: {blob, at} (milliseconds when it was taken), or null. */
export async function getPicture(path) {
  const response = await exchange("GET", path);
  if (response.status !== 200) return null;
  return { blob: await response.blob(), at: Date.parse(response.headers.get("X-Captured-At")) };
}

/** The session, or a Problem 401. Keeps its CSRF token for everything that follows. */
export async function session() {
  return keepToken(await get("/session"));
}

export async function logIn(login, password) {
  return keepToken(await request("POST", "/session", { login, password }, { stay: true }));
}

/**
 * Ends the session once what was asked for has been answered; what the page asks for after that
 * waits for ever, as the page is left. If logging out fails, all goes on.
 */
export async function logOut() {
  let stay;
  leaving = new Promise((resolve) => { stay = resolve; });
  try {
    await Promise.allSettled(underway);
    await send("DELETE", "/session");
  } catch (problem) {
    leaving = null;
    stay();
    throw problem;
  }
  location.assign("/login");
}

/**
 * Send a file with its progress (0…1). XMLHttpRequest, because fetch tells no upload progress.
 */
export function upload(path, file, onProgress = () => {}) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", BASE + path);
    sending.responseType = "json";
    if (csrfToken) sending.setRequestHeader("X-CSRF-Token", csrfToken);
    sending.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    sending.addEventListener("load", () => {
      if (sending.status < 300) resolve(sending.response);
      else reject(failed(sending.status, sending.response ?? {}));
    });
    sending.addEventListener("error", () => reject(new Problem(0)));
    const form = new FormData();
    form.append("file", file, file.name || "photo.jpg");
    sending.send(form);
  });
}

function keepToken(body) {
  csrfToken = body.csrf_token;
  return body;
}

async function request(method, path, body, { stay = false } = {}) {
  const response = await exchange(method, path, body, stay);
  return response.status === 204 ? null : response.json();
}

async function exchange(method, path, body, stay = false) {
  while (leaving) await leaving;
  const answer = send(method, path, body, stay);
  underway.add(answer);
  try {
    return await answer;
  } finally {
    underway.delete(answer);
  }
}

async function send(method, path, body, stay = false) {
  const headers = { Accept: "application/json" };
  const isFile = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = isFile ? body.type : "application/json";
  if (method !== "GET" && csrfToken) headers["X-CSRF-Token"] = csrfToken;
  let response;
  try {
    response = await fetch(BASE + path, { method, headers,
      body: isFile ? body : body && JSON.stringify(body) });
  } catch {
    throw new Problem(0);
  }
  setClock(response);
  if (response.ok) return response;
  const wait = Number(response.headers.get("Retry-After")) || undefined;
  throw failed(response.status, await response.json().catch(() => ({})), { stay, wait });
}

function failed(status, body, { stay = false, wait } = {}) {
  if (status === 401 && !stay) goToLogIn();
  return new Problem(status, body, wait);
}

export function goToLogIn() {
  const here = location.pathname + location.search + location.hash;
  location.assign(`/login?expired=1&next=${encodeURIComponent(here)}`);
}

/** `Date` has whole seconds, so only a clock that is clearly wrong is corrected. */
function setClock(response) {
  const told = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(told)) return;
  const offset = told - Date.now();
  clockOffset = Math.abs(offset) > 3000 ? offset : 0;
}
