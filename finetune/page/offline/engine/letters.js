// Letters as Python counts and classifies them, which differs from JavaScript in blanks and in what is one character.

// no JavaScript blank is quite one of Python's: it has U+FEFF besides, and lacks U+001C to U+001F and U+0085
const BLANK = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const NOT_BLANK = new RegExp(`[^${BLANK}]+`, "gu");
const HALVES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// the end is searched from behind: a regular expression would try each blank of a text of many
function strip(text) {
  let end = text.length;
  while (end && isBlank(text[end - 1])) end--;
  let begin = 0;
  while (begin < end && isBlank(text[begin])) begin++;
  return text.slice(begin, end);
}

const blanks = new RegExp(`[${BLANK}]`);
const isBlank = (letter) => blanks.test(letter);
const wordsIn = (text) => text.match(NOT_BLANK) ?? [];

// without halves of an emoji, which no network reads
const whole = (text, instead = "\ufffd") => text.replace(HALVES, instead);

function countOf(text) { // characters, of which an emoji is one
  let pairs = 0;
  for (let at = 0; at < text.length - 1; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) pairs++;
  }
  return text.length - pairs;
}

function firstOf(text, most) { // so many characters
  if (text.length <= most) return text;
  let end = 0;
  for (let count = 0; count < most && end < text.length; count++) end += text.codePointAt(end) > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

function stripLeft(text) {
  let begin = 0;
  while (begin < text.length && isBlank(text[begin])) begin++;
  return text.slice(begin);
}
