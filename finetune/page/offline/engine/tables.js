// Tables: taken, answered one after the other as predict does, followed, cancelled, fetched and taken away.

const WINDOW = 2048; // rows that are answered, and written, together
const MOST_CELLS = 20_000_000;
const LONGEST_NAME = 80, LONGEST_TOLD = 500;
const OPENING = {
  ".csv": openDelimited, ".tsv": openDelimited, ".txt": openDelimited, ".jsonl": openJson, ".ndjson": openJson, ".xlsx": openWorkbook,
};
const ENDED = ["done", "failed", "cancelled"];

const tables = new Map(); // by the number that each is found by
let lastTable = Promise.resolve(), tablesSent = 0;

const withTable = (then) => async (body, { params }) => {
  if (!tables.has(params.id)) throw new Refusal(404, "no_table", say("no_table"));
  return then(tables.get(params.id));
};

route("POST", "tables", async (body, { query }) => {
  const { shown, suffix } = shownName(query.name ?? "");
  if (!(suffix in OPENING)) throw new Refusal(415, "suffix", say("suffix", { suffixes: Object.keys(OPENING).join(", ") }));
  for (const [id, table] of tables) if (ENDED.includes(table.state)) tables.delete(id); // the page shows one at a time
  const table = newTable(shown, suffix, query.pasted === "1");
  tables.set(table.id, table);
  lastTable = lastTable.then(() => work(table, new Uint8Array(body)));
  return { status: 202, json: { table: table.id } };
});

route("GET", "tables/ID", withTable((table) => ({ status: 200, json: progressOf(table) })));

route("GET", "tables/ID/file", withTable((table) => {
  if (table.state !== "done") throw new Refusal(404, "not_done", say("not_done"));
  // a copy: what is handed to the page is lost here, and it may be asked for again
  return { status: 200, bytes: table.written.slice().buffer, type: "application/octet-stream", name: table.name };
}));

route("DELETE", "tables/ID", withTable((table) => {
  table.ends.abort();
  tables.delete(table.id);
  return { status: 200, json: null };
}));

function newTable(shown, suffix, pasted) {
  return {
    id: String(++tablesSent), file: `${shown}${suffix}`, suffix, pasted, state: "waiting", ends: new AbortController(),
    name: `${shown}_predicted${suffix === ".xlsx" ? ".csv" : suffix}`,
    rows: null, answered: 0, withoutText: 0, unsure: 0, error: null, remarks: [], written: null,
  };
}

// what a file is called without its folders and suffix, with nothing in it that steers, and its suffix
function shownName(name) {
  const last = whole(name).split(/[/\\]/).at(-1), point = last.lastIndexOf(".");
  const stem = point < 0 ? "" : last.slice(0, point), suffix = point < 0 ? last : last.slice(point).toLowerCase();
  const kept = [...stem].map((sign) => (/[\p{L}\p{N} \-_()]/u.test(sign) ? sign : "_")).join("");
  return { shown: [...strip(kept)].slice(0, LONGEST_NAME).join("") || "table", suffix };
}

function progressOf({ state, rows, answered, withoutText, unsure, error, remarks, name }) {
  const done = Math.min(answered + withoutText, rows ?? 0);
  return { state, rows, done, unsure, without_text: withoutText, error, remarks, name };
}

async function work(table, bytes) {
  if (table.ends.signal.aborted) return;
  table.state = "running";
  try {
    table.written = await answeredTable(table, bytes);
    table.state = "done";
  } catch (error) {
    const isCancelled = table.ends.signal.aborted, isMeant = error instanceof Refused;
    if (!isCancelled && !isMeant) console.error(error);
    table.error = isCancelled ? null : isMeant ? toldOfTable(table, error.code, error.values) : failedBy(error);
    table.state = isCancelled ? "cancelled" : "failed";
  }
}

// for a reason that is none of the table's own
function failedBy(error) {
  if (error instanceof Refusal) return error.message;
  return say(isOfMemory(error) ? "no_memory" : "table_failed");
}

async function answeredTable(table, bytes) {
  const { described } = model, made = making(described), read = await OPENING[table.suffix](bytes, made.fits);
  const textsOf = madeOf(made, read), own = ownColumns(described), parts = Object.values(own);
  const out = outgoing(read, Object.keys(own), described.labels, table), file = writer(out);
  const remarks = [...read.remarks, ...firstLineRemark(table, read)];
  if (table.suffix === ".xlsx") remarks.push(["as_csv", {}]);
  table.remarks = remarks.map(([code, values]) => toldOfTable(table, code, values));
  if (read.count * read.names.length > MOST_CELLS) throw new Refused("too_many_cells", { most: MOST_CELLS });
  table.rows = read.count;
  let line = read.firstLine;
  for (const rows of windowsOf(read.rows())) {
    const texts = rows.map((row, place) => textsOf(row.map((cell) => readCell(cell, line + place))));
    const beside = await partsBeside(table, texts, parts);
    file.add(rows.map((row, place) => [...row, ...beside[place]]));
    line += rows.length;
  }
  return file.end();
}

// a single column may have come without a name, and then its first text is lost
function firstLineRemark({ suffix }, { names: [name, ...others], unnamed }) {
  const { text, template, known } = model.described.columns, isWanted = text || template || degreeOf(name, known) !== null;
  if (others.length || isWanted || unnamed.has(name) || OPENING[suffix] === openJson) return [];
  const letters = [...name], shown = letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME).join("")}…` : name;
  return [["first_line", { name: shown }]];
}

// what a table needs is told to whoever can name its columns, and gives no options
function madeOf(made, { names, unnamed }) {
  try {
    return made.of(names, unnamed);
  } catch (error) {
    if (!(error instanceof NoColumn)) throw error;
    const columns = columnsOf(model.described), code = columns.length === 1 ? "needs_column" : "needs_columns";
    throw new Refused(code, { columns: listed(columns), names: listed(names) });
  }
}

function* windowsOf(rows) {
  let window = [];
  for (const row of rows) {
    if (window.push(row) < WINDOW) continue;
    yield window;
    window = [];
  }
  if (window.length) yield window;
}

// what stands beside each of some rows; nothing where there is no text
async function partsBeside(table, texts, parts) {
  const places = [...texts.keys()].filter((place) => texts[place]), before = table.answered, { signal } = table.ends;
  const said = (done) => (table.answered = before + done), beside = texts.map(() => parts.map(() => null));
  const shares = await sharesOf(places.map((place) => texts[place]), { signal, said });
  await heard(); // a table without texts, too, can be cancelled
  signal.throwIfAborted();
  for (const [at, place] of places.entries()) {
    const answer = answerOf(shares[at], model.described);
    beside[place] = parts.map((part) => part(answer, shares[at]));
    table.unsure += Number(answer.abstained);
  }
  table.answered = before + places.length;
  table.withoutText += texts.length - places.length;
  return beside;
}

// a sentence about a table: short, and with its numbers as the reader writes them
function toldOfTable(table, code, values) {
  const shown = Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? count(value) : value]);
  return say(code, { path: table.file, ...Object.fromEntries(shown) }).slice(0, LONGEST_TOLD);
}
