// Days, times and spans of time, as a workbook keeps them: as numbers with a format. Reads no sheet.

const DAY_SECONDS = 86_400;
const FIRST_DAYS = { 1900: Date.UTC(1899, 11, 30), 1904: Date.UTC(1904, 0, 1) };
// formats of Excel that have a number alone; those of days and times among them
const DAY_FORMATS = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47]), SPAN_FORMAT = 46;
const SPAN_IN_FORMAT = /\[hh?\](:mm(:ss(\.0*)?)?)?|\[mm?\](:ss(\.0*)?)?|\[ss?\](\.0*)?/i;

// A day, a time of day, or both, of a workbook.
class Moment {
  constructor(day, time) {
    Object.assign(this, { day, time });
  }
  get isDayAndTime() {
    return Boolean(this.day && this.time);
  }
  get isMidnight() {
    return this.time === "00:00:00";
  }
  toString() {
    return [this.day, this.time].filter(Boolean).join(" ");
  }
}

// A span of time of a workbook, in microseconds: written as a spreadsheet shows it, read by the model as Python has it.
class Span {
  constructor(microseconds) {
    this.microseconds = microseconds;
  }
  toString() {
    const day = 86_400e6, days = Math.floor(this.microseconds / day);
    const inDay = hours(this.microseconds - days * day);
    return days ? `${days} day${Math.abs(days) === 1 ? "" : "s"}, ${inDay}` : inDay;
  }
  get inHours() {
    const [whole, rest] = hours(Math.abs(this.microseconds)).split("."), shown = rest?.replace(/0+$/, "");
    return `${this.microseconds < 0 ? "-" : ""}${whole}${shown ? `.${shown}` : ""}`;
  }
}

const two = (value) => String(value).padStart(2, "0");

function hours(microseconds) {
  const seconds = Math.floor(microseconds / 1e6), rest = microseconds - seconds * 1e6;
  const fraction = rest ? `.${String(rest).padStart(6, "0")}` : "";
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`;
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
