// CSV, TSV and other delimited text as a table: its delimiter, header and quotes are found. Knows no texts.

const SAMPLE = 1 << 18;
const DELIMITERS = [",", ";", "\t", "|"];
const NO_DELIMITER = "\x1f"; // a file of one column is read as if cut at what no one writes: commas in its texts stay
// the first line of Excel, which names the delimiter
const SEPARATOR = /^\ufeff*"?sep *= *(\\t|tab|[^\p{L}\p{N}_\s"'\\]|\t)?"?[,;\t|]*\s*$/iu;
const COMMA = /^[-+]?[\p{Nd}.]*\p{Nd},\p{Nd}+$/u, POINT = /^[-+]?\p{Nd}+\.\p{Nd}+$/u;
const DECIMAL_ROWS = 1000;

function openDelimited(bytes, fits) {
  const { text, encoding } = decoded(bytes), sample = text.slice(0, SAMPLE);
  const { delimiter, above } = topOf(sample, fits), below = sample.slice(lineStarts(sample)[above]);
  const header = sampled(below, delimiter).find((row) => !row.every(isBlankText));
  if (!header) throw new Refused("only_blanks");
  const { names, unnamed } = headerNames([header[0].replace(/^\ufeff+/, ""), ...header.slice(1)]);
  let layout = { text, encoding, delimiter, above, names, unnamed, quotes: true, from: sample.length - below.length };
  let looked;
  try {
    looked = lookedAt(layout);
  } catch (error) {
    if (error.code !== "stray_quote") throw error;
    layout = { ...layout, quotes: false };
    looked = lookedAgain(layout, error);
  }
  if (!looked.count) throw new Refused("only_header", { names: listed(names) });
  const dialect = dialectOf(layout, below, looked.decimal), rows = () => withoutBlankEnd(rowsOf(layout));
  return { names, unnamed, rows, count: looked.count, dialect, firstLine: above + 2, days: new Set(), remarks: remarksOf(layout) };
}

// without quotes a file may be read that cannot be with them; where it cannot either, the first trouble is the reader's
function lookedAgain(layout, stray) {
  try {
    return lookedAt(layout);
  } catch (error) {
    throw error instanceof Refused ? stray : error;
  }
}

// what may be otherwise than the reader thinks
function remarksOf({ encoding, above, quotes }) {
  const told = [];
  if (!encoding.name.startsWith("utf")) told.push(["not_utf8", { name: encoding.name }]);
  if (above) told.push([above === 1 ? "line_above" : "lines_above", { n: above }]);
  if (!quotes) told.push(["no_quotes", {}]);
  return told;
}

// where each line of a text begins, and where the last one ends
function lineStarts(text) {
  const starts = [0];
  for (const end of text.matchAll(LINE_END)) starts.push(end.index + end[0].length);
  if (starts.at(-1) !== text.length) starts.push(text.length);
  return starts;
}

// the delimiter, and how many lines stand above the header: one that names the delimiter, and titles
function topOf(sample, fits) {
  const starts = lineStarts(sample), separator = SEPARATOR.exec(sample.slice(0, starts[1]));
  const skipped = separator ? 1 : 0, said = separator?.[1] ?? "";
  const named = ["tab", "\\t"].includes(said.toLowerCase()) ? "\t" : said;
  let best = null;
  for (const delimiter of named ? [named, ...DELIMITERS] : DELIMITERS) {
    const above = skipped + headerLine(sample, starts.slice(skipped), delimiter, fits);
    const rows = sampled(sample.slice(starts[above]), delimiter);
    if (!rows.length || rows[0].length < 2) continue;
    const body = rows.length > 2 ? rows.slice(1, -1) : rows.slice(1); // the sample may end within the last row
    const fitting = body.filter((row) => row.length === rows[0].length).length / Math.max(body.length, 1);
    const worth = [Number(fits(rows[0])), Number(delimiter === named), fitting];
    if (!best || isMore(worth, best.worth)) best = { worth, delimiter, above };
  }
  return best ?? { delimiter: NO_DELIMITER, above: skipped + headerLine(sample, starts.slice(skipped), NO_DELIMITER, fits) };
}

function isMore(one, other) {
  const place = one.findIndex((value, at) => value !== other[at]);
  return place >= 0 && one[place] > other[place];
}

// which line begins the header, if each is read as if a row began there
function headerLine(sample, starts, delimiter, fits) {
  const rows = starts.slice(0, Math.min(starts.length - 1, LINES_LOOKED_AT)).map((start, at) => {
    const lines = sample.slice(start, starts[at + LINES_LOOKED_AT]);
    return recordsOf(lines, delimiter).next().value?.cells ?? [];
  });
  return headerPlace(rows, fits);
}

const sampled = (sample, delimiter) =>
  [...recordsOf(sample, delimiter)].map((record) => record.cells).filter((cells) => cells.length);

// the rows under the header, as wide as it is
function* rowsOf({ text, delimiter, above, names, quotes, from }) {
  const width = names.length;
  let header = true, start = above + 1;
  try {
    for (const { cells, line } of recordsOf(text, delimiter, { from, quotes, strict: true })) {
      const first = start;
      start = above + line + 1;
      if (header) {
        header = cells.every(isBlankText);
        continue;
      }
      const row = delimiter === NO_DELIMITER && cells.length > 1 ? [cells.join(NO_DELIMITER)] : cells; // someone wrote it
      while (row.length > width && isBlankText(row.at(-1))) row.pop();
      if (row.length > width) {
        throw new Refused("too_wide", { line: first, cells: row.length, width, names: listed(names), mark: delimiter });
      }
      while (row.length < width) row.push("");
      yield row;
    }
  } catch (error) {
    if (error.code === "stray_quote") error.values.line = start;
    throw error;
  }
}

// looks at every row: how many there are, and the decimal mark of the numbers in the first ones
function lookedAt(layout) {
  const wrappedIn = /^"[^]*"$/;
  let count = 0, commas = 0, points = 0, wrapped = 0, filled = 0;
  for (const row of withoutBlankEnd(rowsOf(layout))) {
    if (++count <= DECIMAL_ROWS) {
      for (const cell of row) {
        const number = strip(cell);
        commas += COMMA.test(number);
        points += POINT.test(number);
      }
    }
    if (layout.quotes) continue;
    const cells = row.map(strip);
    wrapped += cells.filter((cell, at) => row[at].length > 1 && (wrappedIn.test(cell) || cell === '"')).length;
    filled += cells.filter(Boolean).length;
  }
  // cells are quoted where quotes are taken as ordinary characters: said as a quote that is left open
  if (2 * wrapped * layout.names.length > filled) throw new Refused("stray_quote");
  if (layout.delimiter === ",") return { count, decimal: "." };
  const tie = commas === points && delimiterOut(layout, "") === ";";
  return { count, decimal: commas > points || tie ? "," : "." };
}

// the delimiter to write: of one column what its quotes tell, else what opens in a Brazilian spreadsheet
function delimiterOut({ delimiter }, sample) {
  return delimiter === NO_DELIMITER ? shownDelimiter(sample, DELIMITERS) ?? ";" : delimiter;
}

function dialectOf(layout, sample, decimal) {
  const all = layout.quotes && strip(sample).startsWith('"');
  const style = styleOf(sample, layout.delimiter, layout.quotes ? (all ? ALL : MINIMAL) : NONE);
  const delimiter = delimiterOut(layout, sample), isOne = layout.delimiter === NO_DELIMITER;
  return {
    family: "text", encoding: layout.encoding, delimiter, ...style,
    decimal: isOne && delimiter === "," ? "." : decimal, closed: /[\r\n]$/.test(layout.text),
  };
}
