// Shows what was pushed while no page is open. What comes is made by channels/delivering.py.

addEventListener("install", () => self.skipWaiting());
addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

addEventListener("push", (event) => {
  const { title, body, path, urgent } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, {
    body,
    data: { path },
    icon: "/static/beacon.svg",
    tag: path, // a reminder takes the place of what it reminds of, and is heard again
    renotify: true,
    requireInteraction: urgent,
  }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});

async function open(path) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => new URL(url).pathname === path.split("#")[0]);
  if (!page) return self.clients.openWindow(path);
  await page.navigate(path);
  return page.focus();
}
