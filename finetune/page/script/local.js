// Asks the worker within this page, as `asking.js` asks a server: no request leaves the page.

class Trouble extends Error { // its message is what the reader is told; status 0: no answer came
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const questions = new Map(); // by its number: what settles a question, and what is told while it waits

let worker = null, isSettled = false, settle; // whether it is known that there are answers, or none ever

const ready = new Promise((done, fail) => (settle = { done, fail }));
ready.catch(() => null) // each question tells it
  .finally(() => (isSettled = true));

const neverReady = (message) => settle.fail(new Trouble(message));

function speakToWorker() {
  worker?.postMessage({ speak: { said: known.worker, language: known.language } });
}

// Starts the worker; gives the seconds that it took, or throws what went wrong, as every question does from then on.
function begin(script, start) {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  worker = new Worker(address);
  const ended = (message, code) => {
    settle.fail(Object.assign(new Trouble(message), { code }));
    for (const { fail } of questions.values()) fail(new Trouble(message));
    questions.clear();
  };
  worker.onmessage = ({ data }) => {
    if (data.ready) settle.done(data.ready.seconds);
    else if (data.failed) ended(data.failed.text, data.failed.code);
    else heard(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    console.error(event.message);
    ended(start.said.damaged, "damaged");
  };
  const parts = [start.network, start.wasm, start.words].filter((part) => part instanceof ArrayBuffer);
  worker.postMessage({ start }, parts);
  return ready.finally(() => URL.revokeObjectURL(address));
}

function heard({ id, waiting, status, json, bytes, type, name }) {
  const question = questions.get(id);
  if (!question) return; // it was taken back meanwhile
  if (waiting !== undefined) return question.waiting(waiting);
  questions.delete(id);
  if (status >= 400) return question.fail(new Trouble(json.error.message, status));
  const headers = { "Content-Type": type ?? "application/json" };
  if (name) headers["Content-Disposition"] = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;
  question.done(new Response(bytes ?? (json == null ? null : JSON.stringify(json)), { status, headers }));
}

let questionsSoFar = 0;

async function request(path, { waiting = tell, method = "GET", body, signal } = {}) {
  if (!isSettled) waiting(say("getting_ready"));
  await ready;
  const given = body instanceof Blob ? await body.arrayBuffer() : typeof body === "string" ? JSON.parse(body) : body;
  signal?.throwIfAborted();
  const id = ++questionsSoFar;
  return new Promise((done, fail) => {
    questions.set(id, { done, fail, waiting });
    signal?.addEventListener("abort", () => {
      if (!questions.delete(id)) return;
      worker.postMessage({ id, abort: true });
      fail(signal.reason);
    }, { once: true });
    worker.postMessage({ id, method, path, body: given }, given instanceof ArrayBuffer ? [given] : []);
  });
}
