// A column pasted from a spreadsheet: made a table as a Brazilian Excel would save it, and sent like any other.

const PASTED_CELL = /(?:"([^"]*(?:""[^"]*)*)"(?=\t|\r?\n|\r|$)|([^\t\r\n]*))(\t|\r\n|\n|\r|$)/y;
const plainName = (name) => name.trim().toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, "_");

// the rows of what a spreadsheet puts on the clipboard: a cell with a line end or a tab in it stands in quotes
function pastedRows(text) {
  const rows = [[]];
  for (PASTED_CELL.lastIndex = 0; PASTED_CELL.lastIndex < text.length; ) {
    const [, quoted, bare, mark] = PASTED_CELL.exec(text);
    rows.at(-1).push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (mark !== "\t" && PASTED_CELL.lastIndex < text.length) rows.push([]);
    else if (mark === "\t" && PASTED_CELL.lastIndex === text.length) rows.at(-1).push("");
  }
  const isFull = (row) => row.some((cell) => cell.trim()), last = rows.findLastIndex(isFull);
  return rows.slice(Math.max(0, rows.findIndex(isFull)), last + 1); // a gap stays: answers go beside the column again
}

// blank cells to the right of the first row's are nobody's; in a single column a tab is part of the text
function evened(rows) {
  const width = rows[0]?.length;
  return rows.map((row) => {
    const cells = row.slice(0, Math.max(width, row.findLastIndex((cell) => cell.trim()) + 1));
    return width === 1 ? [cells.join(" ")] : cells;
  });
}

function whatIsWrong(rows) {
  if (!rows.length) return say("nothing_pasted");
  const width = rows[0].length, place = rows.findIndex((row) => row.length > width);
  if (place < 0) return "";
  const [n, cells, most] = [place + 1, rows[place].length, width].map((each) => number.format(each));
  return say("pasted_too_wide", { n, cells, most });
}

// one column, or as many as the model reads, may come without its names
function withHeader(rows) {
  const names = rows[0].map(plainName), wanted = facts.columns.map(plainName);
  const hasHeader = wanted.every((name) => names.includes(name));
  return hasHeader || rows[0].length !== wanted.length ? rows : [facts.columns, ...rows];
}

function asTable(rows) {
  const inQuotes = (cell) => (/[;"\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `\ufeff${rows.map((row) => `${row.map(inQuotes).join(";")}\r\n`).join("")}`;
}

function sendPasted(event) {
  event.preventDefault();
  const rows = evened(pastedRows(at("pasted").value)), wrong = whatIsWrong(rows);
  complain("table-error", wrong);
  if (wrong) return at("pasted").focus();
  const file = new File([asTable(withHeader(rows))], say("pasted_name"), { type: "text/csv" });
  send([Object.assign(file, { pasted: true })]);
}

function startPasting() {
  at("paste").addEventListener("submit", sendPasted);
}
