// Which encoding a text file has, found by decoding all of it; and a text as bytes again. Knows nothing of cells.

// what Windows has where Latin-1 has signs that no one sees, from 0x80 on
const OF_WINDOWS = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";
const WINDOWS_LACKS = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const UTF8 = "utf-8", UTF16 = "utf-16", WINDOWS = "cp1252", LATIN = "latin-1";

const begins = (bytes, ...marks) => marks.every((mark, place) => bytes[place] === mark);

// the text of a file and its encoding: that of its byte-order mark, UTF-8 where all of it is, else Windows' own
function decoded(bytes) {
  if (!bytes.length) throw new Refused("file_empty");
  if (begins(bytes, 0x50, 0x4b, 3, 4)) throw new Refused("is_workbook");
  const little = begins(bytes, 0xff, 0xfe), wide = little || begins(bytes, 0xfe, 0xff);
  const encoding = { name: wide ? UTF16 : UTF8, bom: wide || begins(bytes, 0xef, 0xbb, 0xbf) };
  const { text, isCut } = decodedBy(wide ? (little ? "utf-16le" : "utf-16be") : UTF8, bytes), nothing = text?.indexOf("\0") ?? -1;
  if (nothing >= 0) throw new Refused("nul", { line: text.slice(0, nothing).split("\n").length });
  if (text !== null && !isCut) return { text, encoding };
  const line = wide ? wrongLineOf16(bytes, little) : wrongLineOf8(bytes);
  if (encoding.bom) throw new Refused("wrong_encoding", { name: encoding.name, line });
  return ofOneByte(bytes, line);
}

// takes the byte-order mark away; the text is null where it is none, and cut where it ends within a letter
function decodedBy(codec, bytes) {
  const decoder = new TextDecoder(codec, { fatal: true });
  let text = null;
  try {
    text = decoder.decode(bytes, { stream: true });
    decoder.decode();
    return { text, isCut: false };
  } catch (error) {
    if (error instanceof TypeError) return { text, isCut: true };
    throw error;
  }
}

// no part of a letter of UTF-8 is a line end: its lines can be decoded one by one
function wrongLineOf8(bytes) {
  let line = 1;
  for (let start = 0, end; start < bytes.length; start = end, line++) {
    end = bytes.indexOf(10, start) + 1 || bytes.length;
    if (decodedBy(UTF8, bytes.subarray(start, end)).isCut) return line;
  }
  return line - 1;
}

function wrongLineOf16(bytes, little) {
  const view = new DataView(bytes.buffer, bytes.byteOffset), unit = (at) => view.getUint16(at, little);
  let line = 1;
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const high = (unit(at) & 0xfc00) === 0xd800, low = (unit(at) & 0xfc00) === 0xdc00;
    if (low || (high && !(at + 3 < bytes.length && (unit(at + 2) & 0xfc00) === 0xdc00))) return line;
    if (high) at += 2;
    if (unit(at) === 10) line++;
  }
  return line;
}

function ofOneByte(bytes, line) {
  let high = 0, inSequences = 0, windows = true;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] < 0x80) continue;
    windows &&= !WINDOWS_LACKS.includes(bytes[at]);
    high++;
  }
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceAt(bytes, at);
    inSequences += length;
    at += length || 1;
  }
  if (2 * inSequences > high) throw new Refused("mostly_utf8", { line });
  const encoding = { name: windows ? WINDOWS : LATIN, bom: false };
  const text = ofLatin(bytes);
  return { text: windows ? text.replace(/[\x80-\x9f]/g, (letter) => OF_WINDOWS[letter.charCodeAt(0) - 0x80]) : text, encoding };
}

// how many bytes a letter of UTF-8 has here; 0 where none begins
function sequenceAt(bytes, at) {
  const first = bytes[at], length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  for (let place = 1; place < length; place++) {
    if ((bytes[at + place] & 0xc0) !== 0x80) return 0; // undefined & 0xc0 is 0: the end
  }
  return length;
}

function ofLatin(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return pieces.join("");
}

// what turns text into bytes of an encoding; what it lacks becomes a question mark
function encoderOf({ name }) {
  if (name === UTF8) return (text) => new TextEncoder().encode(text);
  if (name === UTF16) return wideBytes;
  return (text) => Uint8Array.from(text, (letter) => byteOf(letter, name) ?? 0x3f);
}

function wideBytes(text) {
  const units = new DataView(new ArrayBuffer(2 * text.length));
  for (let at = 0; at < text.length; at++) units.setUint16(2 * at, text.charCodeAt(at), true);
  return new Uint8Array(units.buffer);
}

function byteOf(letter, name) {
  const code = letter.codePointAt(0);
  if (code < (name === WINDOWS ? 0x80 : 0x100)) return code;
  if (name !== WINDOWS) return undefined;
  if (code >= 0xa0 && code < 0x100) return code;
  const place = code < 0xa0 ? -1 : OF_WINDOWS.indexOf(letter);
  return place < 0 ? undefined : 0x80 + place;
}

const canWrite = ({ name }, text) => name === UTF8 || name === UTF16 || [...text].every((letter) => byteOf(letter, name) !== undefined);
