// Keeps the files of this page in the browser, so that it opens without a network. VERSION and FILES stand before it.

const OURS = "finetune-page-", KEPT = `${OURS}${self.registration.scope}-${VERSION}`;
const addresses = FILES.map((name) => new URL(name, self.registration.scope).href);

const older = async () => (await caches.keys()).filter((name) => name.startsWith(`${OURS}${self.registration.scope}-`) && name !== KEPT);

// the first time the page loads its parts itself, and shows how far it is; what takes the place of a page that is kept
// is whole before that one goes
async function taken() {
  const kept = await caches.open(KEPT), isFirst = !(await older()).length;
  await kept.add(new Request("./", { cache: "no-cache" }));
  for (const address of isFirst ? [] : addresses.slice(1)) {
    const found = await caches.match(address);
    await (found ? kept.put(address, found) : kept.add(address));
  }
}

self.addEventListener("install", (event) => event.waitUntil(taken().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => {
  const gone = older().then((names) => Promise.all(names.map((name) => caches.delete(name))));
  event.waitUntil(gone.then(() => self.clients.claim()));
});

const writing = new Set(); // what the page has loaded, and the browser is not done with

function keeps(kept, address, response) {
  const written = kept.put(address, response).catch((error) => console.error(error)).finally(() => writing.delete(written));
  writing.add(written);
  return written;
}

async function isWhole() {
  await Promise.all(writing);
  const kept = await caches.open(KEPT), found = await Promise.all(addresses.map((address) => kept.match(address)));
  return found.every(Boolean);
}

self.addEventListener("message", (event) => event.waitUntil(isWhole().then((whole) => event.ports[0].postMessage(whole))));

// a part is called by its content: what is kept under its name is that
async function answered(event, address) {
  const kept = await caches.open(KEPT), found = await kept.match(address);
  if (found) return found;
  const response = await fetch(event.request);
  if (response.status === 200) event.waitUntil(keeps(kept, address, response.clone()));
  return response;
}

self.addEventListener("fetch", (event) => {
  const address = event.request.url.replace(/[?#].*$/, "").replace(/index\.html$/, "");
  if (event.request.method === "GET" && addresses.includes(address)) {
    event.respondWith(answered(event, address));
  }
});
