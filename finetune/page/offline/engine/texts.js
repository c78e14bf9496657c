// The texts of rows as the model was trained on them: made of columns, cut, repaired. The same as
// `finetune/runtime/answering/texts.py`.

const BESIDE = " | "; // between two texts, where counted words want one

const together = (texts) => (texts.length === 1 ? texts[0] : texts.filter(Boolean).join(BESIDE));

// texts as the model reads them
function seen(described, texts) {
  const cut = texts.map((text) => beginning(text, described.max_characters));
  return described.repairs ? cut.map(mended) : cut;
}

// A number as Python writes it: a whole one without a point, a small one with an exponent of two digits.
function asWritten(value) {
  if (Number.isInteger(value)) return BigInt(value).toString();
  const small = Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  return small.replace(/e([-+])(\d)$/, "e$10$2");
}

// a cell as the model reads it
function cellText(cell) {
  if (typeof cell === "string") return strip(cell);
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "boolean") return cell ? "True" : "False";
  return typeof cell === "number" ? asWritten(cell) : strip(String(cell));
}

// joined files have their header once more; in a single column it may be a text
function repeatsHeader(names, row) {
  const cells = row.map((cell) => cell ?? "");
  return cells.slice(1).every((cell, place) => cell === names[place + 1])
    && (cells[0] === `\ufeff${names[0]}` || (names.length > 1 && cells[0] === names[0]));
}

// How the texts of rows are made: `columns` are those that are wanted, of none where any that is called so will do.
// `fits(names)` says whether a header has them; `of(names)` gives what makes the texts of a row of a table with these
// names, or throws a NoColumn; a row that has none to answer gives null. `ofOne(names)` is the same of a row that is
// none of a table, and may say what its columns are called.
function making(described) {
  const { template, text, pair, known } = described.columns;
  const first = template ? parsed(template) : text ? ofColumn(text) : null;
  const second = described.pair ? ofColumn(pair) : null;
  const wanted = [first, second].filter(Boolean).flatMap((each) => each.columns);
  return {
    columns: wanted,
    fits: (names) => hasAll(names, wanted, known),
    of(names, unnamed = new Set()) {
      const made = this.ofOne(names), inHeader = names.map((name) => (unnamed.has(name) ? "" : name));
      return (row) => (repeatsHeader(inHeader, row) ? null : made(row));
    },
    ofOne(names) {
      const other = second ? [resolved(second, names)] : [];
      const taken = new Set(other.flatMap((each) => each.columns));
      const templates = [
        first ? resolved(first, names) : foundByName(names.filter((name) => !taken.has(name)), known), ...other,
      ];
      const places = templates.map((each) => each.columns.map((name) => names.indexOf(name)));
      return (row) => {
        const texts = templates.map((each, at) => filled(each, places[at].map((place) => cellText(row[place]))));
        const read = seen(described, texts);
        return showsNothing(together(read)) ? null : read;
      };
    },
  };
}

// what the columns of a row are called, where it is given as JSON
function columnsOf(described) {
  const { template, text, pair } = described.columns;
  const first = template ? parsed(template).columns : [text || "texto"];
  return [...new Set([...first, ...(described.pair ? [pair] : [])])];
}
