// The cells of one sheet of a workbook, each of its own kind. Knows no header and unpacks nothing.

const MOST_ROWS = 1_048_576; // of a sheet, as Excel has it
const DAY_SECONDS = 86_400;
const FIRST_DAYS = { 1900: Date.UTC(1899, 11, 30), 1904: Date.UTC(1904, 0, 1) };
const HEX_SIGN = /_x([0-9A-Fa-f]{4})_/g; // what XML cannot hold, as Excel writes it (ECMA-376, 22.9.2.19, ST_Xstring)
// formats of Excel that have a number alone; those of days and times among them
const DAY_FORMATS = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47]), SPAN_FORMAT = 46;
const SPAN_IN_FORMAT = /\[hh?\](:mm(:ss(\.0*)?)?)?|\[mm?\](:ss(\.0*)?)?|\[ss?\](\.0*)?/i;

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

// half to even, as Python rounds
function halfToEven(value) {
  const down = Math.floor(value);
  return value - down === 0.5 ? 2 * Math.round(down / 2) : Math.round(value);
}

// the day and time that a number of days stands for
function momentOf(number, style, book) {
  const value = Number(number);
  if (book.spans.has(style)) return spanOf(value);
  const whole = Math.floor(value), milliseconds = halfToEven((value - whole) * DAY_SECONDS * 1000);
  if (value >= 0 && value < 1 && milliseconds < DAY_SECONDS * 1000) return new Moment("", timeOf(milliseconds));
  const early = value > 0 && value < 60 && book.epoch === 1900; // Excel counts a 29th of February 1900
  const since = new Date(FIRST_DAYS[book.epoch] + (whole + early) * DAY_SECONDS * 1000 + milliseconds), year = since.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) return "#VALUE!";
  const day = [String(year).padStart(4, "0"), two(since.getUTCMonth() + 1), two(since.getUTCDate())].join("-");
  return new Moment(day, timeOf(((since.getTime() % 86_400_000) + 86_400_000) % 86_400_000));
}

function timeOf(milliseconds) {
  const rest = milliseconds % 1000, seconds = Math.floor(milliseconds / 1000);
  const shown = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return rest ? `${shown}.${String(rest).padStart(3, "0")}000` : shown;
}

// a span is kept to the millisecond; one of a million years is none
function spanOf(days) {
  if (Math.abs(days) >= 1e9) return "#VALUE!";
  const seconds = days * DAY_SECONDS, microseconds = halfToEven((seconds - Math.floor(seconds)) * 1e6);
  return new Span(Math.floor(seconds) * 1e6 + halfToEven(microseconds / 1000) * 1000);
}

// a day or time written as ISO 8601 has it
function momentFrom(value) {
  const found = /^(?:(\d{4}-\d{2}-\d{2}))?T?(?:(\d{2}:\d{2})(?::(\d{2})(\.\d{1,3})?)?)?Z?/.exec(value);
  if (!found?.[1] && !found?.[2]) throw new Broken(`no day ${value}`);
  const [, day = "", minutes, seconds = "00", rest = ""] = found;
  return new Moment(day, minutes ? `${minutes}:${seconds}${Number(rest) ? rest.padEnd(7, "0") : ""}` : "");
}

// a text with the characters that stand in it as _xHHHH_
function unescapedSigns(text) {
  return text.includes("_x") ? whole(text.replace(HEX_SIGN, (sign, code) => String.fromCharCode(parseInt(code, 16)))) : text;
}

const isDayFormat = (format) =>
  /(?<![_\\])[dmhys]/i.test(format.split(";")[0].replace(/".*?"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]/g, ""));

// which styles of a workbook are of days or times, and which of these of spans
function dayStyles(xml) {
  const own = new Map(), days = new Set(), spans = new Set();
  let inCells = false, place = 0;
  for (const { open, close, attributes } of xmlPieces(xml)) {
    if (open === "numFmt") {
      const { numFmtId, formatCode } = attributesOf(attributes);
      own.set(Number(numFmtId), formatCode ?? "");
    }
    if (open === "cellXfs" || close === "cellXfs") inCells = Boolean(open);
    if (open !== "xf" || !inCells) continue;
    const id = Number(attributesOf(attributes).numFmtId ?? 0), format = own.get(id);
    if (format === undefined ? DAY_FORMATS.has(id) : isDayFormat(format)) days.add(place);
    if (format === undefined ? id === SPAN_FORMAT : SPAN_IN_FORMAT.test(format.split(";")[0])) spans.add(place);
    place++;
  }
  return { days, spans };
}
