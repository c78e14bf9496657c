// Which words weighed most: how much less sure the model is of its answer where each is left out. The same as
// `finetune/commands/serve/weighed.py`.

const MOST_PIECES = 64; // of a longer text, neighbours are left out together

function piecesLeftOut(texts) {
  const span = ({ 0: word, index }) => [index, index + word.length];
  const spans = texts.map((text) => Array.from(text.matchAll(NOT_BLANK), span));
  const count = spans.reduce((sum, own) => sum + own.length, 0);
  const many = Math.max(1, Math.ceil(count / Math.max(1, MOST_PIECES - texts.length + 1)));
  return texts.flatMap((text, at) => {
    const found = [];
    for (let first = 0; first < spans[at].length; first += many) {
      const begin = spans[at][first][0], end = spans[at][Math.min(first + many, spans[at].length) - 1][1];
      const without = strip(text.slice(0, begin) + stripLeft(text.slice(end)));
      found.push({ word: text.slice(begin, end), without: texts.map((each, of) => (of === at ? without : each)) });
    }
    return found;
  });
}

function weightsOf(whole, without, described) {
  const { predicted } = TASKS[described.task](whole, described.calibration);
  let chosen = [predicted];
  if (described.problem_type === NUMBER) chosen = [0];
  else if (Array.isArray(predicted)) chosen = predicted.length ? predicted : [whole.indexOf(Math.max(...whole))];
  const mean = (shares) => chosen.reduce((sum, at) => sum + shares[at], 0) / chosen.length;
  return without.map((shares) => toDigits(mean(whole) - mean(shares), 6));
}
