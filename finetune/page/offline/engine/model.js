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
    throw unready(error);
  }
  if (!ofWords) made.session = await opened(network, wasm);
  return made;
}

// what is said of each output of each row, whose texts are as the model reads them
async function sharesOf(rows, { signal, said } = {}) {
  const found = [];
  for (const texts of rows) {
    signal?.throwIfAborted();
    found.push(await sharesOfRow(texts, model));
    said?.(found.length, rows.length);
    await heard();
  }
  return found;
}

async function sharesOfRow(texts, { described, tokens, session, words }) {
  const logits = session ? await logitsOf(rowOf(texts, tokens, described), session) : described.labels.map(() => 0);
  if (!words) return probabilitiesOf(logits, described);
  const ofWords = saidByWords(together(texts), words);
  return probabilitiesOf(mixed(logits, ofWords, described.mix, described.problem_type), described);
}

// The answers to rows of one text or two, as `POST /predict` gives them; a row that is null, or shows nothing, is
// empty. `said(done, all)` is told how far it is.
async function answersOf(rows, options = {}) {
  const texts = rows.map((row) => row && seen(model.described, row.map(strip)));
  const full = [...texts.keys()].filter((at) => texts[at] && !showsNothing(together(texts[at])));
  const shares = await sharesOf(full.map((at) => texts[at]), options);
  const answers = rows.map(() => ({ empty: true }));
  full.forEach((at, place) => (answers[at] = answerOf(shares[place], model.described)));
  return answers;
}
