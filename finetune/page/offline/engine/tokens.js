// Texts as numbers of tokens: by the tokenizer of the training, with its special tokens around, cut as it was there.

const LONG_TEXT = 8_000, PORTION = 4_000; // letters: of a megabyte portions are read until there is enough
const CUT_HERE = /[\p{L}\p{N}] (?=[\p{L}\p{N}])/gu; // a plain blank between plain letters: no token reaches across it

function tokenizerOf(readable) {
  const { around, portions, ...rest } = JSON.parse(readable);
  const tokenizer = new tokenizersLibrary.Tokenizer(rest, {});
  for (const each of [tokenizer.normalizer, ...(tokenizer.normalizer?.normalizers ?? [])]) {
    if (each?.config.letters) each.normalize = madePlain(new Map(Object.entries(each.config.letters)));
  }
  if (rest.model.type === "Unigram") {
    tokenizer.model.encode = (words) => words.flatMap(bestPieces(tokenizer.model));
    tokenizer.model.fuse_unk = false; // it is done within each word
  }
  return { tokenizer, around, portions };
}

// The likeliest pieces of a word. The library's own way needs an object for each piece that there might be, and dies of
// a word of a megabyte.
function bestPieces({ trie, tokens_to_ids: ids, scores, unk_score: unknown }) {
  return (word) => {
    const letters = Array.from(word), reached = new Float64Array(letters.length + 1).fill(-Infinity);
    const begins = new Int32Array(letters.length + 1);
    const reach = (from, to, score) => {
      if (score > reached[to]) [reached[to], begins[to]] = [score, from];
    };
    reached[0] = 0;
    for (let at = 0; at < letters.length; at++) {
      let node = trie.root, piece = "", single = false;
      for (let end = at; end < letters.length && (node = node.children.get(letters[end])); end++) {
        piece += letters[end];
        if (!node.is_leaf) continue;
        reach(at, end + 1, reached[at] + scores[ids.get(piece)]);
        single ||= end === at;
      }
      if (!single) reach(at, at + 1, reached[at] + unknown);
    }
    const pieces = [];
    for (let end = letters.length, unknowns = false; end; end = begins[end]) {
      const piece = letters.slice(begins[end], end).join(""), isUnknown = !ids.has(piece);
      if (!isUnknown || !unknowns) pieces.push(piece); // neighbours that are unknown are one
      unknowns = isUnknown;
    }
    return pieces.reverse();
  };
}

// A text made plain by a table of letters, as sentencepiece has it: of a letter and its mark together what stands for
// the shortest beginning that the table knows, else each for itself. The library has some letters of such a table alone.
function madePlain(letters) {
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  const known = (text) => {
    for (const end of ends(text)) if (letters.has(text.slice(0, end))) return letters.get(text.slice(0, end));
    return null;
  };
  const plain = (grapheme) => {
    const asOne = bytesOf(grapheme) < SHORT ? known(grapheme) : null;
    return asOne ?? Array.from(grapheme, (letter) => known(letter) ?? letter).join("");
  };
  return (text) => Array.from(graphemes.segment(text), ({ segment }) => plain(segment)).join("");
}

const SHORT = 6; // bytes of letters that are looked up together
const bytesOf = (text) => Array.from(text).reduce((sum, letter) => {
  const code = letter.codePointAt(0);
  return sum + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
}, 0);

function* ends(text) { // where each of its letters ends
  for (let end = 0; end < text.length;) yield (end += text.codePointAt(end) > 0xffff ? 2 : 1);
}

function* portionsOf(text, { portions }) {
  if (!portions || text.length <= LONG_TEXT) return void (yield text);
  let begin = 0;
  while (text.length - begin > LONG_TEXT) {
    CUT_HERE.lastIndex = begin + PORTION;
    const found = CUT_HERE.exec(text);
    if (!found) break;
    const end = found.index + found[0].length - 1; // the blank begins the next one
    yield text.slice(begin, end);
    begin = end;
  }
  yield text.slice(begin);
}

// the numbers of a text, at least so many where it has them
function idsOf(text, tokens, most) {
  const ids = [];
  for (const portion of portionsOf(whole(text, "?"), tokens)) {
    for (const id of tokens.tokenizer.encode(portion, { add_special_tokens: false }).ids) ids.push(id);
    if (ids.length >= most) break;
  }
  return ids;
}

// numbers and types of a row, as many as the network takes; of two texts the longer one is cut first
function rowOf(texts, tokens, described) {
  const read = described.lower_capitals ? texts.map(lowered) : texts, both = texts.length === 2 && texts[1] !== "";
  const { special, special_types: specialTypes, types } = tokens.around[both ? 1 : 0];
  const room = Math.max(0, described.max_length - special.flat().length);
  let ids = read.slice(0, both ? 2 : 1).map((text) => idsOf(text, tokens, room));
  if (both && ids.every((each) => each.length >= room)) { // which is longer decides who gets the odd token
    ids = read.map((text) => idsOf(text, tokens, Infinity));
  }
  const kept = both ? longestCutFirst(ids[0].length, ids[1].length, room) : [Math.min(ids[0].length, room)];
  const row = [...special[0]], typed = [...specialTypes[0]];
  kept.forEach((length, at) => {
    row.push(...ids[at].slice(0, length), ...special[at + 1]);
    typed.push(...new Array(length).fill(types[at]), ...specialTypes[at + 1]);
  });
  return { ids: row, types: typed };
}

// how much is kept of two texts so that they are so many tokens together
function longestCutFirst(first, second, most) {
  if (first + second <= most) return [first, second];
  let short = Math.min(first, second), long = most - short;
  if (short > long) [short, long] = [Math.floor(most / 2), most - Math.floor(most / 2)];
  return first > second ? [long, short] : [short, long];
}
