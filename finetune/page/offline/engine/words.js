// What words alone say of a text: TF-IDF counts and logistic regression. The same as
// `finetune/runtime/answering/words.py`; `packed_words` of `finetune/page/offline/worker.py` lays the arrays out.

const MOST_CHARACTERS = 2_000; // what is read of a text
const WORD = /[\p{L}\p{N}_]+|[^\p{L}\p{N}_]/gu;
const COUNTED = { words: wordsOf, pieces: piecesOf };

function* wordsOf(text) {
  const found = (text.match(WORD) ?? []).filter((word) => !isBlank(word));
  yield* found;
  for (let at = 1; at < found.length; at++) yield `${found[at - 1]} ${found[at]}`;
}

// all pieces of two to five letters within the words of a text, a blank at both ends of each
function* piecesOf(text) {
  for (const word of wordsIn(text)) {
    const padded = [" ", ...word, " "];
    for (let length = 2; length < 6; length++) {
      yield padded.slice(0, length).join("");
      for (let at = 1; at <= padded.length - length; at++) yield padded.slice(at, at + length).join("");
      if (length >= padded.length) break; // a short word counts once
    }
  }
}

function wordsFrom(buffer, outputs) {
  const length = new DataView(buffer).getUint32(0, true);
  const { arrays, ...told } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const found = {};
  for (const [name, { type, at, size }] of Object.entries(arrays)) {
    found[name] = new (type === "float64" ? Float64Array : Float32Array)(buffer, at, size);
  }
  const numbered = (words) => new Map(words.map((word, at) => [word, at]));
  const places = Object.fromEntries(Object.keys(COUNTED).map((name) => [name, numbered(told[name])]));
  return { ...told, ...found, places, outputs };
}

// the probabilities of a text, 0 for a class without training rows; or its number
function saidByWords(text, words) {
  const found = new Array(words.outputs).fill(0), read = firstOf(text, MOST_CHARACTERS).toLowerCase();
  ofClasses(read, words).forEach((share, at) => (found[words.classes[at]] = share));
  return found;
}

function ofClasses(text, words) {
  const logits = Array.from(words.bias), columns = words.weight.length / logits.length;
  let begin = 0;
  for (const name of Object.keys(COUNTED)) {
    for (const [place, value] of weighted(name, text, words)) {
      logits.forEach((_, row) => (logits[row] += words.weight[row * columns + begin + place] * value));
    }
    begin += words.places[name].size;
  }
  if (words.numbers) return logits;
  if (words.together) return logits.map(sigmoid);
  if (logits.length === 1) return [1 - sigmoid(logits[0]), sigmoid(logits[0])]; // of two classes
  return logSoftmax(logits).map(Math.exp);
}

// columns of what is known of a text, and their weighted counts, of length 1 together
function weighted(name, text, { places, [`${name}_idf`]: rarity }) {
  const counts = new Map();
  for (const piece of COUNTED[name](text)) {
    const place = places[name].get(piece);
    if (place !== undefined) counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const found = Array.from(counts, ([place, count]) => [place, (1 + Math.log(count)) * rarity[place]]);
  const length = Math.sqrt(found.reduce((sum, [, value]) => sum + value * value, 0));
  return found.map(([place, value]) => [place, value / (length || 1)]);
}
