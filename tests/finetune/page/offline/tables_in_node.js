// Run in the worker of a page: its tables, answered by a model that is a sum of letters, file by file.
//
// `cases` is a list of {name, body, described, pasted}: for each, what the table was read as, how it ended and its bytes.

const sumOf = (texts) => Array.from(texts.join("")).reduce((sum, letter) => sum + letter.codePointAt(0), 0);

// what is said of each output by a model that has never seen a text: whatever the letters add up to
function sharesBySum(described) {
  const { labels, problem_type: problem } = described;
  return (texts) => {
    const sum = sumOf(texts);
    if (problem === "regression") return [(sum % 1000) / 8];
    if (problem !== "single_label_classification") return labels.map((_, at) => ((sum * (at + 3)) % 997) / 997);
    const rest = 0.5 - (sum % 50) / 100;
    return labels.map((_, at) => (at === sum % labels.length ? 1 - rest : rest / (labels.length - 1)));
  };
}

const shown = (cell) => {
  if (typeof cell === "number") return `float ${pythonFloat(cell)}`;
  if (typeof cell === "bigint") return `int ${cell}`;
  if (typeof cell === "boolean") return `bool ${cell}`;
  if (cell instanceof Moment || cell instanceof Span) return `time ${cell}`;
  return isNested(cell) ? `nested ${asJson(cell)}` : cell;
};

async function asked(method, path, body) {
  const { handler, params, query } = found(method, path);
  try {
    return await handler(body, { params, query, signal: new AbortController().signal });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, error: error.message };
  }
}

const bytesOf = (base64) => Uint8Array.from(Buffer.from(base64, "base64")).buffer;

async function answeredCase({ name, body, described, pasted, cells }) {
  model = { described, facts: {} };
  sharesOf = async (rows, { said }) => {
    const shares = rows.map(sharesBySum(described));
    said?.(rows.length, rows.length);
    return shares;
  };
  const found = await sentAndFetched(name, bytesOf(body), pasted);
  return found.state && cells ? { ...found, read: await readCells(name, body, described) } : found;
}

async function sentAndFetched(name, body, pasted = false) {
  const { json, error } = await asked("POST", `tables?name=${encodeURIComponent(name)}${pasted ? "&pasted=1" : ""}`, body);
  if (error) return { refused: error };
  await lastTable;
  const { json: state } = await asked("GET", `tables/${json.table}`);
  const { bytes } = await asked("GET", `tables/${json.table}/file`);
  return { state, file: bytes ? Buffer.from(bytes).toString("base64") : null };
}

// the same by a model that reads: `start` is what a worker is started with, its parts as files
async function answeredByNetwork(start, name, body) {
  const { readFileSync } = require("node:fs"), { gunzipSync } = require("node:zlib"), parts = {};
  for (const [part, { file, gzip, text }] of Object.entries(start).filter(([, value]) => value?.file)) {
    const read = gzip ? gunzipSync(readFileSync(file)) : readFileSync(file);
    parts[part] = text ? read.toString("utf8") : Uint8Array.from(read).buffer;
  }
  sentences = start.said;
  model = await begun({ ...start, ...parts });
  return sentAndFetched(name, bytesOf(body));
}

async function readCells(name, body, described) {
  try {
    const table = await OPENING[shownName(name).suffix](new Uint8Array(bytesOf(body)), making(described).fits);
    const { names, count, firstLine, dialect } = table;
    return { names, rows: [...table.rows()].map((row) => row.map(shown)), count, first: firstLine, remarks: table.remarks.map(([code]) => code), dialect: { ...dialect, quoted: [...dialect.quoted ?? []] } };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refused: error.code, values: error.values };
  }
}

async function answeredCases(given, said) {
  sentences = said;
  const answers = [];
  for (const each of given) answers.push(await answeredCase(each));
  return answers;
}

// a model that says how far it is after each hundred texts, and hears what it is told meanwhile
function slowModel(seen = () => null) {
  sharesOf = async (rows, { signal, said }) => {
    const shares = [];
    for (let at = 0; at < rows.length; at += 100) {
      signal.throwIfAborted();
      shares.push(...rows.slice(at, at + 100).map(sharesBySum(model.described)));
      said(shares.length, rows.length);
      seen();
      await new Promise((wake) => setTimeout(wake));
    }
    return shares;
  };
}

const column = (count) => new TextEncoder().encode(`texto\n${Array.from({ length: count }, (_, at) => `texto ${at}`).join("\n")}\n`).buffer;

const stateOf = async (id) => (await asked("GET", `tables/${id}`)).json;

async function followed(count) {
  const looks = [];
  let hears = false;
  slowModel(async () => looks.push((await stateOf(String(tablesSent))).done));
  const { table: id } = (await asked("POST", "tables?name=coluna.csv", column(count))).json;
  const early = await asked("GET", `tables/${id}/file`);
  setTimeout(() => (hears = true)); // another message comes through while a table is under way
  await lastTable;
  const { state, rows, done } = await stateOf(id), { bytes } = await asked("GET", `tables/${id}/file`);
  const lines = new TextDecoder().decode(bytes).trim().split("\n").length, grows = looks.every((look, at) => !at || look > looks[at - 1]);
  return { looks: looks.length, grows, state, rows, done, lines, heard: hears, early: early.status };
}

async function cancelled(count) {
  let asks = 0;
  slowModel(() => (asks += 100) === 300 && asked("DELETE", `tables/${tablesSent}`));
  const { table: id } = (await asked("POST", "tables?name=coluna.csv", column(count))).json;
  const table = tables.get(id);
  await lastTable;
  return { gone: (await asked("GET", `tables/${id}`)).status, asked: asks, state: table.state };
}

// what is said of a table whose model refuses, has no memory, or fails otherwise
async function failing(said) {
  const told = [];
  sentences = said;
  for (const error of [new Refusal(503, "failed", "There are no numbers."), new Error("out of memory"), new TypeError("x")]) {
    sharesOf = async () => {
      throw error;
    };
    told.push((await sentAndFetched("coluna.csv", column(3))).state.error);
  }
  return told;
}
