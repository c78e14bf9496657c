// A cell of any kind as text, as JSON, and as a spreadsheet does not run it. Knows no kind of file.
//
// A cell is a text, true or false, null, a whole number (a BigInt), another number (a number), a Moment or a Span of a
// workbook, or of JSON a list (an Array) or an object (a Map): as Python tells them apart, so that each is written alike.

const REPLACEMENT = "\ufffd"; // stands for a character that cannot be written
const ALL_BLANK = new RegExp(`^[${BLANK}]*$`);
const FORMULA = /^[=+\-@\t\r]/; // a spreadsheet runs a cell that starts so as a formula (OWASP, CSV Injection)
const SPAN = /^[-+]?[0-9]+:[0-9]{2}:[0-9]{2}(\.[0-9]+)?$/;

// What the user can mend: the name of its sentence, and its values.
class Refused extends Error {
  constructor(code, values = {}) {
    super(code);
    Object.assign(this, { code, values });
  }
}

const isBlankText = (text) => ALL_BLANK.test(text);
const isBlankCell = (cell) => cell === null || (typeof cell === "string" && isBlankText(cell));

// a number as Python writes a float: 1.0, 1e-07, 1e+16
function pythonFloat(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const [mantissa, power] = Math.abs(value).toExponential().split("e"), sign = Object.is(value, -0) || value < 0 ? "-" : "";
  const digits = mantissa.replace(".", ""), exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${two(Math.abs(exponent))}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const before = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${before}.${digits.slice(exponent + 1) || "0"}`;
}

const isNested = (cell) => Array.isArray(cell) || cell instanceof Map;

// a cell as the texts of the model are made of it: 1 for 1.0; a list or an object only where it is none of theirs
function readCell(cell, line) {
  if (isNested(cell)) return { toString: () => { throw new Refused("no_single_value", { line }); } };
  if (Number.isNaN(cell)) return null;
  if (typeof cell === "number") return Number.isInteger(cell) ? String(BigInt(cell)) : pythonFloat(cell);
  return cell instanceof Moment || cell instanceof Span || typeof cell === "bigint" ? String(cell) : cell;
}

// a cell as a text table has it
function asText(cell, decimal = ".") {
  if (typeof cell === "string") return whole(cell).replaceAll("\0", REPLACEMENT);
  if (cell === null || Number.isNaN(cell)) return "";
  if (typeof cell === "number") return pythonFloat(cell).replace(".", decimal);
  if (typeof cell === "boolean") return cell ? "True" : "False";
  if (isNested(cell)) return asJson(cell);
  return cell instanceof Span ? cell.inHours : String(cell);
}

// a cell as JSON: numbers with all their digits
function asJson(cell) {
  if (typeof cell === "string") return JSON.stringify(whole(cell));
  if (Array.isArray(cell)) return `[${cell.map(asJson).join(", ")}]`;
  if (cell instanceof Map) return `{${[...cell].map(([name, value]) => `${asJson(name)}: ${asJson(value)}`).join(", ")}}`;
  if (typeof cell === "number") {
    if (Number.isNaN(cell)) return "null";
    return Number.isFinite(cell) ? pythonFloat(cell) : cell > 0 ? "1e400" : "-1e400";
  }
  return String(cell);
}

// puts an apostrophe before a text that a spreadsheet would run as a formula; numbers and spans get none
function guarded(cell) {
  if (typeof cell !== "string" || !FORMULA.test(cell)) return cell;
  const bare = cell.replace(/(\p{Nd})[eE][-+]?\p{Nd}+$/u, "$1").replace(/^\+/, "").replace(/^-/, "");
  const isNumber = /^\p{Nd}+$/u.test(bare.replace(".", "").replace(",", ""));
  return isNumber || SPAN.test(cell) ? cell : `'${cell}`;
}
