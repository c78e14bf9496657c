// Which columns of a table the texts are made of. The same as `finetune/runtime/answering/columns.py`.

const PIECE = /(?<brace>\{\{|\}\})|\{(?<name>[^{}]*)\}|(?<between>[^{}]+)/g;
const MIDNIGHT = /(?<=^[0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00:00$/; // what a workbook's day has as a moment

class NoColumn extends Error { // code: "none", "several" or "unclear"; values: what a sentence about it needs
  constructor(code, values) {
    super(code);
    Object.assign(this, { code, values });
  }
}

const ofColumn = (name) => ({ columns: [name], between: ["", ""] });

// what `{estado} | {cultura}: {texto}` says; a brace of the text stands there twice
function parsed(template) {
  const columns = [], between = [""];
  for (const { groups: { brace, name, between: rest } } of template.matchAll(PIECE)) {
    if (name === undefined) between[between.length - 1] += rest ?? brace[0];
    else columns.push(strip(name)), between.push("");
  }
  return { columns, between };
}

function filled({ between }, cells) {
  if (cells.length === 1 && !between.some(Boolean)) return cells[0];
  if (cells.every(showsNothing)) return "";
  return strip(between[0] + cells.map((cell, place) => cell.replace(MIDNIGHT, "") + between[place + 1]).join(""));
}

// Without case, as Python's casefold has it: nearly a letter's small form of its large one.
const FOLDED = { "\u0131": "\u0131", "\u03c2": "\u03c3", "\u1e9e": "ss" };
const isCherokee = (letter) => /\p{Script=Cherokee}/u.test(letter); // the one script whose large letters stand for both

function withoutCase(letter) {
  const large = letter.toUpperCase();
  return FOLDED[letter] ?? (isCherokee(letter) ? large : large.toLowerCase());
}

function fold(name) {
  const plain = Array.from(strip(asSeen(name)), withoutCase).join("").normalize("NFKD");
  return plain.replace(/\p{M}/gu, (mark) => (combines(mark) ? "" : mark)).replace(/[^\p{L}\p{N}]+/gu, "_");
}

// whether a mark changes places with one that stands last of all: then it has a class of combining
const LAST_OF_MARKS = "\u0345";
const combines = (mark) => mark === LAST_OF_MARKS || (LAST_OF_MARKS + mark).normalize("NFD")[0] !== LAST_OF_MARKS;

function resolved(template, names) {
  return { ...template, columns: template.columns.map((wanted) => named(wanted, names)) };
}

function named(wanted, names) {
  if (names.includes(wanted)) return wanted;
  const found = names.filter((name) => fold(name) === fold(wanted));
  if (found.length === 1) return found[0];
  throw new NoColumn(found.length ? "several" : "none", { wanted, names: found.length ? found : names });
}

// the column of the texts by what such are called, or the only one
function foundByName(names, known) {
  for (let degree = 0; degree < (names.length > 1 ? known.length : 0); degree++) {
    const found = names.filter((name) => degreeOf(name, known) === degree);
    if (found.length === 1) return ofColumn(found[0]);
    if (found.length) throw new NoColumn("unclear", { names: found });
  }
  if (names.length === 1) return ofColumn(names[0]);
  throw new NoColumn("none", { wanted: null, names });
}

// how surely a name is that of texts, 0 most: it is known, it begins as one that is, or it mostly means some
function degreeOf(name, [sure, likely]) {
  const folded = fold(name), words = folded.split("_").filter((word) => word && !/^\p{Nd}+$/u.test(word));
  if (sure.includes(folded)) return 0;
  return words.length && (sure.includes(words[0]) || (likely.includes(words[0]) && words.length === 1)) ? 1 : null;
}

function hasAll(names, wanted, known) {
  if (!wanted.length) return names.some((name) => degreeOf(name, known) === 0);
  const folded = new Set(names.map(fold));
  return wanted.every((name) => folded.has(fold(name)));
}
