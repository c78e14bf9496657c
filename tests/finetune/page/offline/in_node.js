// Starts the worker of a page in Node, tells it what a file says, and prints what it answers.
//
//   node in_node.js WORKER TOLD      TOLD: {"sessions": [{"start": {...}, "asked": [{...}]}]}, one after the other, or
//                                          {"run": "an expression in the worker"}
// A value {"file": PATH} is what this file holds; with "text" as it stands, with "gzip" unpacked.

const fs = require("node:fs"), zlib = require("node:zlib");
const { Worker } = require("node:worker_threads");

const WORLD = `
  const { parentPort } = require("node:worker_threads");
  globalThis.self = globalThis;
  self.postMessage = (message, handed) => parentPort.postMessage(message, handed);
  parentPort.on("message", (data) => (data.run ? tried(data.run) : self.onmessage({ data })));
`;
const TRIED = `
  async function tried(source) {
    try {
      self.postMessage({ ran: await eval(source) });
    } catch (error) {
      self.postMessage({ threw: String(error.stack) });
    }
  }
`;

function held(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(held);
  if (!value.file) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, held(each)]));
  const read = fs.readFileSync(value.file), content = value.gzip ? zlib.gunzipSync(read) : read;
  return value.text ? content.toString("utf8") : Uint8Array.from(content).buffer;
}

function main() {
  const [script, told] = process.argv.slice(2).map((file) => fs.readFileSync(file, "utf8"));
  const { sessions = [], run } = JSON.parse(told), found = [];
  const worker = new Worker(WORLD + script + TRIED, { eval: true, stdout: true });
  const end = (what) => {
    const whole = (key, value) => (value instanceof ArrayBuffer ? Buffer.from(value).toString("base64") : value);
    process.stdout.write(JSON.stringify(what, whole), () => process.exit());
  };
  const begin = () => {
    if (found.length === sessions.length) return end(found);
    found.push({ answers: [], waiting: [] });
    worker.postMessage({ start: held(sessions[found.length - 1].start) });
  };
  const next = () => {
    const { asked = [] } = sessions[found.length - 1], { answers } = found.at(-1), id = answers.length;
    if (id === asked.length) return begin();
    worker.postMessage({ ...asked[id], body: held(asked[id].body), id });
    if (asked[id].abort) worker.postMessage({ id, abort: true });
    if (asked[id].abort) answers.push({ id, aborted: true }), next();
  };
  worker.on("error", (error) => { throw error; });
  worker.on("message", (message) => {
    const session = found.at(-1);
    if (run) end(message);
    else if (message.failed) Object.assign(session, message), begin();
    else if (message.ready) Object.assign(session, message), next();
    else if (message.waiting) session.waiting.push(message.waiting);
    else if (session.answers[message.id]?.aborted) session.answers[message.id] = { answeredAfterAbort: message };
    else session.answers.push(message), next();
  });
  if (run) worker.postMessage({ run });
  else begin();
}

main();
