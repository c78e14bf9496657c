// Keeps the files of this page in the browser, so that it opens without a network. VERSION and FILES stand before it.

const OURS = "finetune-page-", KEPT = `${OURS}${self.registration.scope}-${VERSION}`;
const addresses = FILES.map((name) => new URL(name, self.registration.scope).href);

self.addEventListener("install", (event) => {
  const page = caches.open(KEPT).then((kept) => kept.add(new Request("./", { cache: "no-cache" })));
  event.waitUntil(page.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const older = (name) => name.startsWith(`${OURS}${self.registration.scope}-`) && name !== KEPT;
  const gone = caches.keys().then((names) => Promise.all(names.filter(older).map((name) => caches.delete(name))));
  event.waitUntil(gone.then(() => self.clients.claim()));
});

// a part is called by its content: what is kept under its name is that
async function answered(event, address) {
  const kept = await caches.open(KEPT), found = await kept.match(address);
  if (found) return found;
  const response = await fetch(event.request);
  if (response.status === 200) event.waitUntil(kept.put(address, response.clone()));
  return response;
}

self.addEventListener("fetch", (event) => {
  const address = event.request.url.replace(/[?#].*$/, "").replace(/index\.html$/, "");
  if (event.request.method === "GET" && addresses.includes(address)) {
    event.respondWith(answered(event, address));
  }
});
