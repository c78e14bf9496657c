// JSON Lines as a table: one object a row. Knows no texts.

// a text of JSON, or a number outside of one: numbers keep all their digits, NaN is a missing one
const JSON_PIECE = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|NaN/g;

function openJson(bytes) {
  const { text, encoding } = decoded(bytes), names = new Set();
  let count = 0;
  for (const record of jsonRecords(text)) {
    for (const name of record.keys()) names.add(name);
    refuseTooMany(names.size);
    count++;
  }
  if (!names.size) throw new Refused("only_blanks");
  const columns = [...names];
  function* rows() {
    for (const record of jsonRecords(text)) yield columns.map((name) => record.get(name) ?? null);
  }
  return {
    names: columns, unnamed: new Set(), rows, count, dialect: { family: "json", encoding }, firstLine: 1, days: new Set(), remarks: [],
  };
}

function* jsonRecords(text) {
  let blank = 0, number = 0;
  for (const [line] of text.matchAll(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g)) {
    number++;
    if (isBlankText(line)) {
      blank++;
      continue;
    }
    for (; blank; blank--) yield new Map(); // those at the end are no rows
    yield jsonRecord(line, number);
  }
}

function jsonRecord(line, number) {
  let record;
  try {
    // each text gets a letter before it, each number becomes a text with another
    record = meant(JSON.parse(line.replace(JSON_PIECE, (piece) => (piece[0] === '"' ? `"t${piece.slice(1)}` : `"n${piece}"`))));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Refused("no_json", { line: number });
  }
  if (!(record instanceof Map)) throw new Refused("no_object", { line: number, name: "texto" });
  return record;
}

function meant(value) {
  if (Array.isArray(value)) return value.map(meant);
  if (typeof value === "string") return value[0] === "t" ? value.slice(1) : numberOf(value.slice(1));
  if (value === null || typeof value !== "object") return value;
  return new Map(Object.entries(value).map(([name, inside]) => [name.slice(1), meant(inside)]));
}

const numberOf = (digits) => (/[.eEN]/.test(digits) ? Number(digits) : BigInt(digits));
