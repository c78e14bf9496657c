// Starts the worker of a page in Node, tells it what a file says, and prints what it answers.
//
//   node in_node.js WORKER TOLD      TOLD: {"start": {...}, "asked": [{...}], "run": "an expression in the worker"}
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
  const { start, asked = [], run } = JSON.parse(told);
  const worker = new Worker(WORLD + script + TRIED, { eval: true, stdout: true });
  const found = { answers: [], waiting: [] };
  const end = () => {
    const whole = (key, value) => (value instanceof ArrayBuffer ? Buffer.from(value).toString("base64") : value);
    process.stdout.write(JSON.stringify(found, whole));
    worker.terminate();
  };
  const next = () => {
    if (found.answers.length === asked.length) return end();
    const body = held(asked[found.answers.length].body);
    worker.postMessage({ ...asked[found.answers.length], body, id: found.answers.length });
  };
  worker.on("error", (error) => { throw error; });
  worker.on("message", (message) => {
    if (message.ready) {
      found.ready = message.ready;
      next();
    } else if (message.failed || message.threw || "ran" in message) {
      Object.assign(found, message);
      end();
    } else if (message.waiting) found.waiting.push(message.waiting);
    else {
      found.answers.push(message);
      next();
    }
  });
  worker.postMessage(run ? { run } : { start: held(start) });
}

main();
