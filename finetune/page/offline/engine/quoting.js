// How the cells of a text table are quoted and how its lines end, from a sample. Reads no cell for its content.

const MINIMAL = "minimal", ALL = "all", TEXTS = "texts", NONE = "none"; // which cells have quotes
const CELLS_LOOKED_AT = 5000;
const BARE_WORD = /^(?:NA|NaN|NULL|null|TRUE|FALSE|True|False|true|false|)$/; // without quotes where all texts have them
const NUMBER_IN_TEXT = /^[-+]?\p{Nd}*[.,]?\p{Nd}+([eE][-+]?\p{Nd}+)?$/u; // and numbers, but in a column of texts like them

const escaped = (mark) => mark.replace(/[\\^$.*+?()[\]{}|\-/]/g, "\\$&");
const neededQuotes = (delimiter) => new RegExp(`[${escaped(delimiter)}"\\r\\n]`);

// the cells of a sample, which may end within one: content without its quotes, whether it has them, and what follows
function* sampledCells(sample, delimiter) {
  const cut = escaped(delimiter);
  const cell = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^${cut}\\r\\n]*))(${cut}|\\r\\n|\\r|\\n)`, "y");
  for (let found; (found = cell.exec(sample)); ) {
    yield { content: found[1] ?? found[2], quoted: found[1] !== undefined, mark: found[3] };
  }
}

function firstCells(sample, delimiter) {
  const seen = [];
  for (const cell of sampledCells(sample, delimiter)) {
    if (seen.push(cell) === CELLS_LOOKED_AT) break;
  }
  return seen;
}

// how a table is written: which cells have quotes, what ends a line, and in which columns numbers are texts
function styleOf(sample, delimiter, quoting) {
  if (quoting === NONE) return { quoting, lineEnd: /\r\n|\r|\n/.exec(`${sample}\r\n`)[0], quoted: new Set() };
  const seen = firstCells(sample, delimiter), filled = seen.filter((cell) => cell.content);
  const lineEnd = seen.find((cell) => cell.mark !== delimiter)?.mark ?? "\r\n";
  const bare = filled.filter((cell) => !cell.quoted), needed = neededQuotes(delimiter);
  if (filled.length && !bare.length) return { quoting: ALL, lineEnd, quoted: new Set() };
  const needless = filled.some((cell) => cell.quoted && !needed.test(cell.content));
  if (needless && bare.every((cell) => BARE_WORD.test(cell.content) || NUMBER_IN_TEXT.test(cell.content))) {
    return { quoting: TEXTS, lineEnd, quoted: quotedNumbers(seen, delimiter) };
  }
  return { quoting: MINIMAL, lineEnd, quoted: new Set() };
}

function quotedNumbers(seen, delimiter) {
  const found = new Set();
  let position = 0;
  for (const cell of seen) {
    if (cell.quoted && NUMBER_IN_TEXT.test(cell.content)) found.add(position);
    position = cell.mark === delimiter ? position + 1 : 0;
  }
  return found;
}

// the delimiter that the quotes of a table of one column tell of, for they stand around what holds it; null for none
function shownDelimiter(sample, delimiters) {
  const seen = [...sampledCells(sample, "\x1f")].filter((cell) => cell.content);
  // one with quotes or line ends has its quotes for another reason
  const quoted = seen.filter((cell) => cell.quoted && !/["\r\n]/.test(cell.content));
  const bare = seen.filter((cell) => !cell.quoted), has = (mark) => (cell) => cell.content.includes(mark);
  if (!quoted.length) return null;
  return delimiters.find((each) => quoted.every(has(each)) && !bare.some(has(each))) ?? null;
}
