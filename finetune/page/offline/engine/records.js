// Delimited text cut into records and cells, as Python's csv module does it. Finds no delimiter and no header.

const LINE_END = /\r\n|\r|\n/g;

// The records of a text, and how many lines were read up to the end of each. A text is read strictly where every row is
// looked at: then a quote has to close its cell, and a byte-order mark before one, as joined files have it, goes.
function* recordsOf(text, delimiter, { from = 0, quotes = true, strict = false } = {}) {
  const bare = new RegExp(`[^${escaped(delimiter)}\\r\\n]*`, "y");
  for (let at = from, line = 0; at < text.length; ) {
    const cells = [];
    if (strict && text[at] === "\ufeff" && text[at + 1] === '"') at++;
    while (true) {
      let cell = "", isQuoted = quotes && text[at] === '"';
      if (isQuoted) {
        const inside = quotedAt(text, at + 1, strict);
        ({ cell, at } = inside);
        line += inside.lines;
      }
      bare.lastIndex = at;
      const rest = bare.exec(text)[0];
      if (rest && isQuoted && strict) throw new Refused("stray_quote");
      at += rest.length;
      if (!cells.length && !cell && !isQuoted && !rest && text[at] !== delimiter) break; // an empty line has no cells
      cells.push(cell + rest);
      if (text[at] !== delimiter) break;
      at++;
    }
    at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : at < text.length ? 1 : 0;
    yield { cells, line: ++line };
  }
}

// what stands within quotes, where they end, and how many lines do before
function quotedAt(text, start, strict) {
  const pieces = [];
  let at = start, lines = 0;
  while (true) {
    const end = text.indexOf('"', at), piece = text.slice(at, end < 0 ? text.length : end);
    if (end < 0 && strict) throw new Refused("stray_quote");
    pieces.push(strict ? piece.replace(/([\r\n])\ufeff$/, "$1") : piece);
    lines += piece.match(LINE_END)?.length ?? 0;
    if (text[end + 1] !== '"' || end < 0) return { cell: pieces.join('"'), at: end < 0 ? text.length : end + 1, lines };
    at = end + 2;
  }
}
