// What is asked of the model, and how it answers: as the addresses of `finetune serve` do.

const MOST_TEXTS = 1_000, MOST_COLUMNS = 200;

const isText = (value) => typeof value === "string";
const isPair = (value) => Array.isArray(value) && value.length === 2 && value.every(isText);
const isMapping = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isCell = (value) => value === null || ["string", "number", "boolean"].includes(typeof value);
const isRow = (value) => isMapping(value) && Object.keys(value).length > 0 && Object.values(value).every(isCell);

// what is asked, one each: texts, pairs or rows
function severalOf(body) {
  const form = new Refusal(422, "form", say("form"));
  if (!isMapping(body)) throw form;
  const { text = null, texts = null, rows = null, probabilities = false, ...strange } = body;
  const given = [text, texts, rows].filter((each) => each !== null);
  if (given.length !== 1 || Object.keys(strange).length || typeof probabilities !== "boolean") throw form;
  const several = text !== null ? [text] : given[0];
  if (!Array.isArray(several)) throw form;
  const isWide = (each) => isMapping(each) && Object.keys(each).length > MOST_COLUMNS;
  if (several.length > MOST_TEXTS || several.some(isWide)) {
    throw new Refusal(413, "too_many", say("too_many"));
  }
  if (!several.every(rows !== null ? isRow : (each) => isText(each) || isPair(each))) throw form;
  return several;
}

// what is asked as the model reads it; null for what shows nothing
function textsAsked(body) {
  const several = severalOf(body), most = model.facts.limits.characters;
  for (const each of several) {
    const cells = isText(each) ? [each] : Object.values(each).filter(isText);
    if (cells.reduce((sum, cell) => sum + countOf(cell), 0) > most) {
      throw new Refusal(413, "too_long", say("too_long", { most: count(most) }));
    }
  }
  return several.map((each) => ofRow(isText(each) || Array.isArray(each) ? rowOfTexts([each].flat()) : each));
}

function rowOfTexts(texts) {
  const columns = columnsOf(model.described), { pair } = model.described;
  if (texts.length === columns.length && texts.length === (pair ? 2 : 1)) {
    return Object.fromEntries(columns.map((name, at) => [name, texts[at]]));
  }
  throw new Refusal(422, "columns", pair && columns.length === 2 ? say("two_texts")
    : columns.length > 1 ? say("give_rows", { columns: listed(columns) }) : say("one_text"));
}

function ofRow(row) {
  const names = Object.keys(row).map((name) => whole(name));
  try {
    const cells = Object.values(row).map((cell) => (isText(cell) ? whole(cell) : cell));
    return making(model.described).ofOne(names)(cells);
  } catch (error) {
    if (!(error instanceof NoColumn)) throw error;
    const columns = listed(columnsOf(model.described));
    throw new Refusal(422, "columns", say("columns", { columns, names: listed(names) }));
  }
}

async function predicted(body, { signal }) {
  const answers = await answersOf(textsAsked(body), { signal });
  return { model: model.facts.model, answers: answers.map((each) => withOrWithout(each, body.probabilities)) };
}

function withOrWithout({ probabilities, ...rest }, wanted) {
  return wanted && probabilities ? { ...rest, probabilities } : rest;
}

async function explained(body, { signal, waiting }) {
  if (severalOf(body).length !== 1) throw new Refusal(422, "one", say("one"));
  const [texts] = textsAsked(body);
  if (texts === null) return { model: model.facts.model, answer: { empty: true }, words: [] };
  const left = piecesLeftOut(texts);
  const said = (done, all) => waiting(say("weighing_of", { done: count(done), all: count(all) }));
  const [shares, ...without] = await sharesOf([texts, ...left.map((piece) => piece.without)], { signal, said });
  const weights = weightsOf(shares, without, model.described);
  return {
    model: model.facts.model,
    answer: withOrWithout(answerOf(shares, model.described), body.probabilities),
    words: left.map(({ word }, at) => ({ word: whole(word), weight: weights[at] })),
  };
}

route("POST", "predict", async (body, options) => ({ status: 200, json: await predicted(body, options) }));
route("POST", "explain", async (body, options) => ({ status: 200, json: await explained(body, options) }));
route("GET", "model", async () => ({ status: 200, json: model.facts }));
// texts as the training kept them, of no columns and of any length: what proves the page asks for these
route("POST", "answers", async ({ rows }, { signal }) => ({ status: 200, json: { answers: await answersOf(rows, { signal }) } }));
