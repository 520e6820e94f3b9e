// This browser as a channel: its subscription, made with the command center's key.

/** Why this browser cannot be one (a key of the words), or nothing. */
export function hindrance() {
  if (!("serviceWorker" in navigator && "PushManager" in window)) return "channels.no_push";
  return Notification.permission === "denied" ? "channels.denied" : "";
}

/** The subscription as JSON, or null where the person did not allow it. */
export async function subscribe(key) {
  if (await Notification.requestPermission() !== "granted") return null;
  await navigator.serviceWorker.register("/worker.js");
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  return JSON.stringify(subscription);
}
