// The parts of the model, and what it says of texts by all of them together.

let model = null; // once it is started: described, tokens, session, words, facts

async function begun({ described, tokenizer, network, wasm, words, facts }) {
  const { mix } = described, ofWords = mix?.weight === 1;
  const made = { described, facts };
  try {
    if (!TASKS[described.task]) throw new Error(described.task);
    if (mix) made.words = wordsFrom(words, described.labels.length);
    if (!ofWords) made.tokens = tokenizerOf(tokenizer);
  } catch (error) {
    throw new Unready(isOfMemory(error) ? "memory" : "damaged", error);
  }
  if (!ofWords) made.session = await opened(network, wasm);
  return made;
}

// what is said of each output of each row, whose texts are as the model reads them
async function sharesOf(rows, options = {}) {
  const { described, tokens, session, words } = model;
  const read = session ? await readAll(rows, tokens, described, options.signal) : [];
  const logits = session ? await logitsOf(read, session, { described, ...options }) : rows.map(() => described.labels.map(() => 0));
  return rows.map((texts, at) => {
    if (!words) return probabilitiesOf(logits[at], described);
    const ofWords = saidByWords(together(texts), words);
    return probabilitiesOf(mixed(logits[at], ofWords, described.mix, described.problem_type), described);
  });
}

const LETTERS_AT_ONCE = 20_000;

async function readAll(rows, tokens, described, signal) {
  const found = [];
  let letters = 0;
  for (const texts of rows) {
    found.push(rowOf(texts, tokens, described));
    letters += texts.reduce((sum, text) => sum + text.length, 0);
    if (letters < LETTERS_AT_ONCE) continue;
    letters = 0;
    await heard();
    signal?.throwIfAborted();
  }
  return found;
}

// The answers to rows of one text or two, as `POST /predict` gives them; a row that is null, or shows nothing, is empty.
// `said(done, all)` is told how far it is.
async function answersOf(rows, options = {}) {
  const texts = rows.map((row) => row && seen(model.described, row.map(strip)));
  const full = [...texts.keys()].filter((at) => texts[at] && !showsNothing(together(texts[at])));
  const shares = await sharesOf(full.map((at) => texts[at]), options);
  const answers = rows.map(() => ({ empty: true }));
  full.forEach((at, place) => (answers[at] = answerOf(shares[place], model.described)));
  return answers;
}
