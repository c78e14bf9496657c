// The cells of one sheet of a workbook, each of its own kind. Knows no header and unpacks nothing.

const MOST_ROWS = 1_048_576; // of a sheet, as Excel has it
const HEX_SIGN = /_x([0-9A-Fa-f]{4})_/g; // what XML cannot hold, as Excel writes it (ECMA-376, 22.9.2.19, ST_Xstring)

// the rows of a sheet as {place: cell} of what holds something
function* sheetRows(xml, book) {
  let expected = 1, row = null, number = 0, place = 0, cell = null;
  for (const piece of xmlPieces(xml)) {
    if (piece.open === "row") {
      const { r } = attributesOf(piece.attributes);
      number = r === undefined ? number + 1 : Number(r);
      if (!(Number.isInteger(number) && number >= expected && number <= MOST_ROWS)) throw new Broken(`row ${number}`);
      for (; expected < number; expected++) yield new Map();
      expected++;
      row = new Map();
      place = 0;
    } else if (piece.open === "c" && row) {
      const { r, t = "n", s = "0" } = attributesOf(piece.attributes);
      place = r === undefined ? place + 1 : columnOf(r);
      cell = { kind: t, style: Number(s), value: "", inline: null, read: textReader() };
    } else if (piece.close === "c" && cell) {
      const value = valueOf(cell, book);
      if (value !== null) row.set(place - 1, typeof value === "string" ? unescapedSigns(value) : value);
      cell = null;
    } else if (piece.close === "row" && row) {
      yield row;
      row = null;
    } else if (cell) cell.read(piece, cell);
  }
}

// gathers the value of a cell, and the text in it where it stands in the sheet
function textReader() {
  let inValue = false;
  const inline = richText();
  return (piece, cell) => {
    if (piece.open === "v" || piece.close === "v") inValue = Boolean(piece.open);
    else if (inValue && piece.text !== undefined) cell.value += piece.text;
    if (piece.open === "is") cell.inline = "";
    if (cell.inline !== null) cell.inline = inline(piece);
  };
}

// the text of pieces of a rich one, without what says how it is spoken
function richText() {
  let text = "", inText = false, spoken = false;
  return (piece) => {
    if (piece.open === "rPh" || piece.close === "rPh") spoken = Boolean(piece.open);
    if (piece.open === "t" || piece.close === "t") inText = Boolean(piece.open);
    if (inText && !spoken && piece.text !== undefined) text += piece.text;
    return text;
  };
}

function columnOf(coordinate) {
  const letters = /^\$?([A-Za-z]{1,3})\$?\d+$/.exec(coordinate)?.[1];
  if (!letters) throw new Broken(`cell ${coordinate}`);
  return [...letters.toUpperCase()].reduce((sum, letter) => 26 * sum + letter.charCodeAt(0) - 64, 0);
}

function valueOf({ kind, style, value, inline }, book) {
  if (kind === "inlineStr") return inline;
  if (!value) return null;
  if (kind === "n") return book.days.has(style) ? momentOf(numberIn(value), style, book) : numberIn(value);
  if (kind === "s") return book.strings[wholeIn(value)] ?? broken(`no string ${value}`);
  if (kind === "b") return wholeIn(value) !== 0;
  return kind === "d" ? momentFrom(value) : value;
}

function broken(why) {
  throw new Broken(why);
}

const wholeIn = (value) => (/^\s*[-+]?\d+\s*$/.test(value) ? Number(value) : broken(`no number ${value}`));

function numberIn(value) {
  if (!/^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(value)) throw new Broken(`no number ${value}`);
  return /[.eE]/.test(value) ? Number(value) : BigInt(value.trim().replace("+", ""));
}

// a text with the characters that stand in it as _xHHHH_
function unescapedSigns(text) {
  return text.includes("_x") ? whole(text.replace(HEX_SIGN, (sign, code) => String.fromCharCode(parseInt(code, 16)))) : text;
}
