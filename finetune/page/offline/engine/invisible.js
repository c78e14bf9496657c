// Signs that no one sees: names that look alike made alike, texts that show nothing, how much of a text is read.
// The same as `finetune/runtime/answering/invisible.py`.

const MEANINGLESS = "\\u00ad\\u061c\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb";
const SHOWS_NOTHING = `${BLANK}${MEANINGLESS}\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200c\\u200d\\u2800`
  + "\\u3164\\ufe00-\\ufe0f\\uffa0\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}";

const NEVER_MEANT = new RegExp(`[${MEANINGLESS}]+`, "gu");
const IDLE_JOINER = /(?<![\u0590-\u{10ffff}])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0590-\u{10ffff}])/gu;
const ODD_BLANK = /[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;
const NOTHING = new RegExp(`^[${SHOWS_NOTHING}]*$`, "u");
const OF_NOTHING = new RegExp(`^[${SHOWS_NOTHING}]$`, "u");
const MEANS_NOTHING = new RegExp(`^[${MEANINGLESS}]$`, "u");

const showsNothing = (text) => NOTHING.test(text);

function asSeen(name) {
  if (/^[\0-\x7f]*$/.test(name)) return name;
  if (showsNothing(name)) return "";
  const plain = name.replace(NEVER_MEANT, "").replace(ODD_BLANK, " ");
  return strip(plain.replace(IDLE_JOINER, "").normalize("NFC"));
}

// so many characters of a text; signs that are not seen do not count, nor blanks before it
function beginning(text, most) {
  if (most === null || text.length <= most || countOf(text) <= most) return text;
  const letters = Array.from(text);
  const start = letters.findIndex((letter) => !OF_NOTHING.test(letter));
  if (start < 0) return text;
  let left = most, end = start;
  for (; end < letters.length && left; end++) left -= !MEANS_NOTHING.test(letters[end]);
  return showsNothing(letters.slice(end).join("")) ? text : letters.slice(0, end).join("");
}
