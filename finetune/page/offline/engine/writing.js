// A table with answers beside it as bytes, window by window: in the kind and the way it came, a workbook as CSV.

// the names of the columns that are added, and what stands in them of an answer and of what is said of each output
function ownColumns({ problem_type: problem, labels, mark }) {
  const abstained = { abstained: (answer) => answer.abstained }, sure = { confidence: (answer) => answer.confidence, ...abstained };
  if (problem === NUMBER) {
    return { ...Object.fromEntries(["value", "low", "high"].map((name) => [name, (answer) => answer[name]])), ...abstained };
  }
  if (problem !== MULTI) return { label: (answer) => answer.label, ...sure };
  const each = labels.map((label, at) => [`p:${label}`, (answer, shares) => toDigits(shares[at], 4)]);
  return { labels: (answer) => answer.labels.join(mark ?? "|"), ...Object.fromEntries(each), ...sure };
}

// how a table goes out: as it came, as far as the file and what is added to it can
function outgoing(table, own, labels, { suffix, pasted }) {
  const family = table.dialect.family === "json" ? "json" : "text";
  const guards = family === "text" && (pasted || table.dialect.family !== family);
  let names = table.names.map((name) => whole(table.unnamed.has(name) && family !== "json" ? "" : name)), prefix = "";
  while (own.some((name) => names.includes(prefix + name))) prefix += "predicted_";
  let ours = own.map((name) => prefix + name);
  if (guards) [names, ours] = [names.map(guarded), ours.map(guarded)];
  const dialect = family === "text" ? spoken(table.dialect, [...ours, ...labels]) : { ...table.dialect };
  if (suffix === ".tsv") dialect.delimiter = "\t";
  return { family, dialect, names: [...names, ...ours], own: own.length, guards, days: table.days };
}

// how a text table is written, as far as what is added to it can be
function spoken(dialect, added) {
  const marks = new RegExp(`[${escaped(dialect.delimiter)}\\r\\n]`);
  const quoting = dialect.quoting === NONE && added.some((text) => marks.test(text)) ? MINIMAL : dialect.quoting;
  const encoding = canWrite(dialect.encoding, added.join("")) ? dialect.encoding : { name: UTF8, bom: true }; // opens everywhere
  return { ...dialect, quoting, encoding };
}

// takes rows, some at a time, and gives the whole file in the end
function writer(out) {
  return out.family === "json" ? jsonWriter(out) : textWriter(out);
}

function gathered(encode) {
  const pieces = [];
  return {
    add: (text) => pieces.push(encode(text)),
    all: () => {
      const found = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      pieces.reduce((at, piece) => (found.set(piece, at), at + piece.length), 0);
      return found;
    },
  };
}

function textWriter(out) {
  const { dialect, names } = out, { delimiter, decimal, lineEnd, encoding } = dialect, file = gathered(encoderOf(encoding));
  const cells = names.map((name, at) => quotingOf(dialect, dialect.quoted.has(at)));
  const isAll = dialect.quoting === ALL || dialect.quoting === TEXTS, name = quotingOf(isAll ? { ...dialect, quoting: ALL } : dialect);
  file.add((encoding.bom ? "\ufeff" : "") + names.map(name).join(delimiter));
  return {
    add: (rows) => file.add(rows.map((row) =>
      lineEnd + goingOut(out, row).map((cell, at) => cells[at](asText(cell, decimal))).join(delimiter)).join("")),
    end: () => {
      if (dialect.closed) file.add(lineEnd);
      return file.all();
    },
  };
}

function jsonWriter(out) {
  const file = gathered(encoderOf({ name: UTF8 })), keys = out.names.map((name) => `${asJson(name)}: `);
  return {
    add: (rows) => file.add(rows.map((row) => `{${row.map((cell, at) => keys[at] + asJson(cell)).join(", ")}}\n`).join("")),
    end: () => file.all(),
  };
}

// a row as it is written, ours guarded wherever formulas are run
function goingOut({ days, guards, own }, row) {
  return row.map((cell, at) => {
    const shown = days.has(at) && cell instanceof Moment && cell.isDayAndTime ? cell.day : cell;
    return guards || at >= row.length - own ? guarded(shown) : shown;
  });
}

// what puts quotes around a cell as the table has them, and where it could not be read without
function quotingOf({ quoting, delimiter }, numbers = false) {
  const needed = neededQuotes(delimiter), inQuotes = (cell) => `"${cell.replaceAll('"', '""')}"`;
  if (quoting === NONE) return (cell) => cell;
  if (quoting === MINIMAL) return (cell) => (needed.test(cell) ? inQuotes(cell) : cell);
  if (quoting === ALL) return inQuotes;
  const isBare = (cell) => BARE_WORD.test(cell) || (!numbers && NUMBER_IN_TEXT.test(cell) && !needed.test(cell));
  return (cell) => (isBare(cell) ? cell : inQuotes(cell));
}
