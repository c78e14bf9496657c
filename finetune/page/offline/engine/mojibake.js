// Damaged letters (`nÃ£o`, `n茫o`, `&atilde;`) repaired as the training did. The same as
// `finetune/runtime/answering/mojibake.py`. NAMED, what HTML calls letters, is put before by `worker.py`.

const BEHIND = "[\\u0080-\\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]";
const SUSPECT = `[\\u00c2-\\u00f4]${BEHIND}|[√├┬Γ‚][^ -~]`;
const ENTITY = "&(?:[A-Za-z]{2,8}|#[0-9]{2,6}|#x[0-9A-Fa-f]{2,5});";
const SUSPECTS = new RegExp(SUSPECT, "gu"), ENTITIES = new RegExp(ENTITY, "g");
const DAMAGED = new RegExp(`${SUSPECT}|[\\u3400-\\u9fff]|${ENTITY}`, "u");
const RUNS = /[^\x00-\x7f]+/gu, PLAIN = /[\u00a0-\u017f\u2010-\u205e\u20ac\u2122]+/g;
const BEFORE_A_DASH = /(?<=[A-ZÀ-Ý])[À-Ý][”’“‘–—²³ªº…]/g; // a word in capitals (`MAÇÃ—2024`): that is no damage
const PIECE_OF_UTF8 = `[\\u00c2-\\u00df]${BEHIND}|[\\u00e0-\\u00ef]${BEHIND}{2}|[\\u00f0-\\u00f4]${BEHIND}{3}`;
const LOST_BLANK = /Ã (?! |quele|quela|quilo|s )/g, LOST_CRASIS = /Ã (?=quele|quela|quilo|s )/g;

// what bytes from 128 on stand for
const PAGES = [
  "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ",
  "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ",
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0",
];

function mended(text) {
  if (!DAMAGED.test(text)) return text;
  for (let before = null; before !== text;) { // what was damaged twice is repaired twice
    before = text;
    text = fromChinese(text);
    if (countIn(text, SUSPECTS) > countIn(text, BEFORE_A_DASH)) text = fromOneByte(text);
    text = text.replace(ENTITIES, unescaped);
  }
  return strip(text);
}

// a text whose UTF-8 was read as GBK (`n茫o`) as it was meant
function fromChinese(text) {
  const latin = /[A-Za-z]/.test(text);
  return text.replace(RUNS, (run) => {
    const bytes = asChinese(run), decoded = bytes && utf8(bytes);
    if (decoded === null) return run;
    const letters = Array.from(decoded);
    const isDot = letters.length === 1 && !/\p{L}/u.test(decoded) && decoded.codePointAt(0) <= 0xffff;
    if (isDot) return run; // a sign of Chinese that happens to be one
    const strange = Array.from(letters.filter((letter) => letter > "\x7f").join("").replace(PLAIN, ""));
    const emojis = strange.every((letter) => letter.codePointAt(0) > 0xffff || "\u200d\ufe0f".includes(letter));
    return emojis && (strange.length || latin) ? decoded : run;
  });
}

let chinese = null; // letters of two bytes, by what they stand for; one of four bytes is never within UTF-8

function asChinese(run) {
  chinese ??= chineseLetters();
  const found = Array.from(run, (letter) => chinese.get(letter));
  return found.includes(undefined) ? null : Uint8Array.from(found.flatMap((pair) => [pair >> 8, pair & 0xff]));
}

function chineseLetters() {
  const found = new Map(), decoder = new TextDecoder("gb18030");
  for (let first = 0x81; first < 0xff; first++) {
    for (let second = 0x40; second < 0xff; second++) {
      const letter = second === 0x7f ? "" : decoder.decode(Uint8Array.of(first, second));
      const isOne = Array.from(letter).length === 1 && letter !== "\ufffd";
      if (isOne && !found.has(letter)) found.set(letter, (first << 8) | second);
    }
  }
  return found;
}

function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

// a text whose UTF-8 was read as an encoding of one byte a character as it was meant
function fromOneByte(text) {
  const piece = new RegExp(PIECE_OF_UTF8, "g");
  for (let before = null; before !== text;) {
    before = text;
    if (text.search(piece) >= 0) {
      text = text.replaceAll("Ã  ", "Ã\u00a0 ").replace(LOST_BLANK, "Ã\u00a0 ").replace(LOST_CRASIS, "Ã\u00a0");
    }
    const whole = PAGES.map((page) => readAgain(text, page)).find((found) => found !== null);
    text = whole || text.replace(piece, (found) => readAgain(found, PAGES[0]) || found);
  }
  return text;
}

// a text read anew, where all of it can be and is another one then
function readAgain(text, page) {
  const bytes = [];
  for (const letter of text) {
    const code = letter.codePointAt(0), place = page.indexOf(letter);
    if (code < 0x80) bytes.push(code);
    else if (place >= 0) bytes.push(0x80 + place);
    else if (page === PAGES[0] && code < 0x100) bytes.push(code); // Windows has no letter for some, Latin-1 has
    else return null;
  }
  const found = utf8(Uint8Array.from(bytes));
  return found === text ? null : found;
}

function unescaped(entity) {
  const name = entity.slice(1);
  if (name[0] === "#") return letterOf(name[1] === "x" ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10));
  for (let end = name.length; end > 1; end--) {
    if (Object.hasOwn(NAMED, name.slice(0, end))) return NAMED[name.slice(0, end)] + name.slice(end);
  }
  return entity;
}

// the letter of a number, those of Windows among them; none for what is no letter
function letterOf(code) {
  if (code >= 0x80 && code < 0xa0) return PAGES[0][code - 0x80];
  if (code === 0 || (code >= 0xd800 && code < 0xe000)) return "\ufffd";
  const steers = (code < 0x20 && ![9, 10, 12, 13].includes(code)) || code === 0x7f;
  const isNone = (code >= 0xfdd0 && code < 0xfdf0) || (code & 0xfffe) === 0xfffe;
  return steers || isNone ? "" : String.fromCodePoint(code);
}
