// Asks the worker within this page, as `asking.js` asks a server: no request leaves the page.

class Trouble extends Error { // its message is what the reader is told; status 0: no answer came
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

// Whether wasm may have instructions for several numbers at once: a function that uses one. A browser that knows neither
// them nor what a letter is could not even read the worker's script.
const SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
);
const isOld = () => typeof WebAssembly !== "object" || !WebAssembly.validate(SIMD) || typeof Intl.Segmenter !== "function";

const ofMemory = /memory|allocat/i;

const questions = new Map(); // by its number: what settles a question, and what is told while it waits

let worker = null, isSettled = false, settle; // whether it is known that there are answers, or none ever
let ready = new Promise((done, fail) => (settle = { done, fail }));

// No question is answered from now on; each tells why.
function stopped(message, code) {
  const trouble = Object.assign(new Trouble(message), { code });
  isSettled = true;
  settle.fail(trouble);
  for (const question of questions.values()) question.fail(trouble);
  questions.clear();
  ready.catch(() => null);
  ready = Promise.reject(trouble);
  ready.catch(() => null);
}

function speakToWorker() {
  worker?.postMessage({ speak: { said: known.worker, language: known.language } });
}

// Starts the worker; gives the seconds that it took, or throws what went wrong, as every question does from then on.
function begin(script, start) {
  const first = ready;
  if (isOld()) stopped(start.said.no_simd, "no_simd");
  else readied(script, start);
  return first;
}

function readied(script, start) {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  worker = new Worker(address);
  worker.onmessage = ({ data }) => {
    if (data.ready || data.failed) URL.revokeObjectURL(address);
    if (data.failed) stopped(data.failed.text, data.failed.code);
    else if (data.ready) {
      isSettled = true;
      settle.done(data.ready.seconds);
    } else heard(data);
  };
  worker.onerror = (event) => {
    const code = ofMemory.test(event.message) ? "memory" : "damaged";
    event.preventDefault();
    console.error(event.message);
    stopped(start.said[code], code);
  };
  const parts = [start.network, start.wasm, start.words].filter((part) => part instanceof ArrayBuffer);
  worker.postMessage({ start }, parts);
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
