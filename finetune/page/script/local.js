// Asks the worker within this page, as `asking.js` asks a server: no request leaves the page.

// what nobody foresaw: where it is not for memory, the page itself is at fault
const failing = (text) => new Unready(/memory|allocat/i.test(text) ? "memory" : "broken", { text });

const questions = new Map(); // by its number: what settles a question, and what is told while it waits

let worker = null, isSettled = false, settle; // whether it is known that there are answers, or none ever
const settled = new Promise((done) => (settle = done)).then(() => (isSettled = true));
let vain = null; // why there is no answer, as a sentence's name and values

const inVain = () => new Trouble(say(vain.code, vain.values), 503); // asking once more does not help

// no question is answered from now on; each tells why
function stopped(code, values) {
  vain = { code, values };
  settle();
  for (const question of questions.values()) question.fail(inVain());
  questions.clear();
}

function speakToWorker() {
  worker?.postMessage({ speak: { said: known.worker, language: known.language } });
}

// starts the worker; throws why it can answer nothing, and calls `lost` with why it no longer can
function begin(script, start, lost) {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  worker = new Worker(address);
  const begun = new Promise((done, fail) => {
    worker.onmessage = ({ data }) => {
      if (data.ready || data.failed) URL.revokeObjectURL(address);
      if (data.failed) fail(new Unready(data.failed.code, { text: data.failed.text }));
      else if (data.ready) done(settle());
      else heard(data);
    };
    worker.onerror = (event) => {
      const wrong = failing(event.message);
      event.preventDefault();
      console.error(event.message);
      if (isSettled) lost(wrong);
      fail(wrong);
    };
  });
  const parts = [start.network, start.wasm, start.words].filter((part) => part instanceof ArrayBuffer);
  worker.postMessage({ start }, parts);
  return begun;
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
  await settled;
  if (vain) throw inVain();
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
