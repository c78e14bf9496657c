// Texts in CAPITALS, in lower case for a network that was trained so. The same as `finetune/language/capitals.py`.

const LEAST_LETTERS = 8, LEAST_TENTHS = 7;

const countIn = (text, pattern) => text.match(pattern)?.length ?? 0;

function inCapitals(text) {
  const large = countIn(text, /\p{Uppercase}/gu), letters = large + countIn(text, /\p{Lowercase}/gu);
  return letters >= LEAST_LETTERS && 10 * large >= LEAST_TENTHS * letters;
}

const lowered = (text) => (inCapitals(text) ? text.toLowerCase() : text);
