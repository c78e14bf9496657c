// Has the browser keep a page whose parts are files on a server, so that it opens without a network.

const LONGEST_TAKING = 5; // seconds

// what is loaded before the service has the page would not be kept; a reload by force is never given to it
async function keptByBrowser() {
  const service = navigator.serviceWorker;
  if (!service) return; // of a server without encryption: the page answers, and is not kept
  const taken = new Promise((done) => service.addEventListener("controllerchange", done, { once: true }));
  await service.register("service.js");
  if (!service.controller) await Promise.race([taken, pause(LONGEST_TAKING)]);
}

// whether the service has all of the page: what it is still writing it waits for
async function isKept() {
  const keeping = (await navigator.serviceWorker?.getRegistration())?.active;
  if (!keeping) return false;
  const { port1, port2 } = new MessageChannel();
  const told = new Promise((done) => (port1.onmessage = ({ data }) => done(data)));
  keeping.postMessage("is it whole?", [port2]);
  return Promise.race([told, pause(LONGEST_TAKING).then(() => false)]);
}

async function tellKept() {
  const kept = await isKept().catch((error) => console.error(error));
  tellReadiness({ ...readiness, kept: kept ? "kept" : isSecureContext ? "not_kept" : "needs_https" });
}

// another page of the same server keeps its own
async function forgetParts() {
  const own = `finetune-page-${new URL("./", location).href}-`;
  for (const name of await caches.keys()) if (name.startsWith(own)) await caches.delete(name);
}
