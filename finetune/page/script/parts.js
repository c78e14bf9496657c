// The parts of a page that answers by itself, out of the page or from files beside it: whole, or told to be damaged.

const SIGN = 61, SHIFT = 64;
const HIGH = [ // the letters of windows-1252 whose number is not that of their byte, from 0x80 on
  0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
  0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
];

class Unready extends Error { // its code names a sentence, whose gaps its values fill
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

function bytesOfLetters() {
  const bytes = new Uint8Array(Math.max(...HIGH) + 1);
  for (let byte = 0; byte < 256; byte++) bytes[byte] = byte;
  HIGH.forEach((letter, place) => (bytes[letter] = 0x80 + place));
  return bytes;
}

// takes the letters out of the page as it goes: 40 million are not held twice
function decoded(element, length) {
  const bytes = bytesOfLetters(), made = new Uint8Array(length);
  let place = 0, shifted = false;
  while (element?.firstChild) {
    const letters = element.firstChild.data;
    element.firstChild.remove();
    for (let at = 0; at < letters.length; at++) {
      const byte = bytes[letters.charCodeAt(at)];
      if (byte === SIGN && !shifted) shifted = true;
      else {
        made[place++] = shifted ? byte - SHIFT : byte;
        shifted = false;
      }
    }
  }
  element?.remove();
  if (place !== length) throw new Unready("damaged");
  return made;
}

async function fetched({ file, length }, loaded) {
  const cache = navigator.serviceWorker?.controller ? "no-store" : "default"; // where it is kept, once will do
  const response = await fetch(file, { cache }).catch((error) => {
    throw new Unready("not_loaded", { text: error.message });
  });
  if (!response.ok) throw new Unready("not_loaded", { text: `${file}: ${response.status}` });
  const made = new Uint8Array(length), reader = response.body.getReader();
  for (let place = 0; ; ) {
    const { done, value } = await reader.read().catch((error) => {
      throw new Unready("not_loaded", { text: error.message });
    });
    if (done && place === length) return made;
    if (done || place + value.length > length) throw new Unready("not_whole");
    made.set(value, place);
    place += value.length;
    loaded(place);
  }
}

// gzip has the sum of what it packs, and a browser refuses what has another
async function unpacked(bytes, size, code) {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const made = await new Response(stream).arrayBuffer();
    if (made.byteLength === size) return made;
  } catch (error) {
    if (error instanceof RangeError) throw new Unready("memory");
    console.error(error);
  }
  throw new Unready(code);
}

// the parts by their names; `far` is told the share of them that is there
async function allParts(list, far) {
  const all = list.reduce((sum, one) => sum + one.length, 0), parts = {};
  let before = 0;
  for (const one of list) {
    const bytes = one.file ? await fetched(one, (loaded) => far((before + loaded) / all)) : decoded(at(`part-${one.name}`), one.length);
    parts[one.name] = await unpacked(bytes, one.size, one.file ? "not_whole" : "damaged");
    far((before += one.length) / all);
    await pause(0); // what was told is shown
  }
  return parts;
}
