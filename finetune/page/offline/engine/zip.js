// The files in a zip file, unpacked by the browser. Knows no workbook.

const END = 0x06054b50, ENTRY = 0x02014b50, LOCAL = 0x04034b50;
const LONGEST_COMMENT = 0xffff;
const LOCKED = 1;

// what is said by whoever opens it
class Broken extends Error {}

// how each file of it is unpacked, by its name
function zipEntries(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), end = endOf(view), entries = new Map();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left; left--) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY) throw new Broken("no entry");
    const short = (place) => view.getUint16(at + place, true), long = (place) => view.getUint32(at + place, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + short(28)));
    entries.set(name, { locked: short(8) & LOCKED, method: short(10), sum: long(16), packed: long(20), size: long(24), start: long(42) });
    at += 46 + short(28) + short(30) + short(32);
  }
  return entries;
}

function endOf(view) {
  for (let at = view.byteLength - 22; at >= 0 && at >= view.byteLength - 22 - LONGEST_COMMENT; at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new Broken("no end");
}

// a file of it; one that holds more than it says is not read on
async function unpacked(bytes, { locked, method, sum, packed, size, start }) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (locked || ![0, 8].includes(method) || start + 30 > view.byteLength || view.getUint32(start, true) !== LOCAL) {
    throw new Broken("no file");
  }
  const body = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
  const held = bytes.subarray(body, body + packed), found = method ? await inflated(held, size) : held;
  if (found.length !== size || sumOf(found) !== sum) throw new Broken("damaged");
  return found;
}

async function inflated(held, size) {
  const found = new Uint8Array(size), reader = new Blob([held]).stream().pipeThrough(unpacker()).getReader();
  let filled = 0;
  try {
    for (let piece; !(piece = await reader.read()).done; filled += piece.value.length) found.set(piece.value, filled);
  } catch (error) {
    throw new Broken(error.message); // no stream of the kind, or longer than it says
  }
  return found.subarray(0, filled);
}

function unpacker() {
  try {
    return new DecompressionStream("deflate-raw");
  } catch {
    throw new Refused("no_unpacking"); // browsers of before 2024 know none of the kind, or not at all
  }
}

// CRC-32, as zip files have it
function sumOf(bytes) {
  const table = Int32Array.from({ length: 256 }, (gap, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
    return byte;
  });
  let sum = -1;
  for (const byte of bytes) sum = table[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}
