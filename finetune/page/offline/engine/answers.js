// Logits into answers, for each kind of task. The same as `finetune/runtime/answering/answers.py` and, in the form that
// is sent, `finetune/engines/engine.py`.

const NUMBER = "regression", MULTI = "multi_label_classification";
const HALF = 0.5 - 1e-9; // of two classes just alike the lower one is answered
const LEAST = 1e-6; // what stands for a probability of 0: a class that words never saw is not ruled out by them
const SHOWN_DIGITS = 6, DIGITS_OF_WIDTH = 3;

const TASKS = { single_label: mostProbable, ordinal: median, multi_label: aboveThresholds, number: withInterval };

const sigmoid = (logit) => (1 + Math.tanh(logit / 2)) / 2;

function logSoftmax(logits) {
  const most = Math.max(...logits), shifted = logits.map((each) => each - most);
  const sum = Math.log(shifted.reduce((all, each) => all + Math.exp(each), 0));
  return shifted.map((each) => each - sum);
}

function mixed(network, words, { weight, network: ofNetwork, words: ofWords }, problem) {
  const both = (one, other) => one.map((each, at) => (1 - weight) * each + weight * other[at]);
  if (problem === NUMBER) return both(network, words); // words give a number, too
  const log = (share) => Math.log(Math.max(share, LEAST));
  const logs = words.map((share) => (problem === MULTI ? log(share) - log(1 - share) : log(share)));
  const scaled = [network.map((each) => each / ofNetwork), logs.map((each) => each / ofWords)];
  return both(...(problem === MULTI ? scaled : scaled.map(logSoftmax)));
}

// what is said of each output: a number as it is, else its probability
function probabilitiesOf(logits, { problem_type: problem, calibration: { temperature = 1, scale, shift } }) {
  const applied = logits.map((each, at) => (each / temperature) * (scale?.[at] ?? 1) + (shift?.[at] ?? 0));
  if (problem === NUMBER) return applied;
  return problem === MULTI ? applied.map(sigmoid) : logSoftmax(applied).map(Math.exp);
}

const isUnsure = (confidence, { abstain_below: least }) => confidence < (least || 0);

function mostProbable(shares, calibration) {
  const confidence = Math.max(...shares);
  return { predicted: shares.indexOf(confidence), confidence, abstained: isUnsure(confidence, calibration) };
}

function median(shares, calibration) {
  let predicted = 0;
  for (let sum = shares[0]; predicted < shares.length - 1 && sum < HALF; sum += shares[predicted]) predicted++;
  const confidence = shares[predicted];
  return { predicted, confidence, abstained: isUnsure(confidence, calibration) };
}

function aboveThresholds(shares, calibration) {
  const given = calibration.facts?.thresholds, thresholds = given?.length ? given : shares.map(() => 0.5);
  const fits = shares.map((share, at) => share >= thresholds[at]);
  const confidence = shares.reduce((all, share, at) => all * (fits[at] ? share : 1 - share), 1);
  const predicted = [...fits.keys()].filter((at) => fits[at]);
  return { predicted, confidence, abstained: isUnsure(confidence, calibration) };
}

function withInterval([value], { facts }) {
  if (!facts?.half_widths) return { predicted: value, abstained: false, low: NaN, high: NaN };
  const half = facts.half_widths[facts.edges.filter((edge) => edge <= value).length];
  const widest = facts.widest?.[0] ?? Infinity;
  return { predicted: value, abstained: 2 * half > widest, low: value - half, high: value + half };
}

// what is answered, as JSON has it
function answerOf(shares, described) {
  const { labels, problem_type: problem } = described;
  const { predicted, confidence, abstained, low, high } = TASKS[described.task](shares, described.calibration);
  if (problem === NUMBER) {
    const [value, from, to] = [predicted, low, high].map((each) => rounded(each, high - low));
    return { value, low: from, high: to, abstained };
  }
  const sure = { confidence: toDigits(confidence, 4), abstained };
  const said = problem === MULTI ? { labels: predicted.map((at) => labels[at]) } : { label: labels[predicted] };
  const probabilities = Object.fromEntries(labels.map((label, at) => [label, toDigits(shares[at], 6)]));
  return { ...said, ...sure, probabilities };
}

// so many digits behind the point; what lies just between two goes to the even one, as numpy has it
function toDigits(value, digits) {
  const power = 10 ** digits, scaled = value * power, below = Math.floor(scaled), over = scaled - below;
  return (over > 0.5 || (over === 0.5 && below % 2) ? below + 1 : below) / power;
}

// as many digits as mean something beside the width of its interval; null for a number that is none
function rounded(value, width) {
  if (!Number.isFinite(value)) return null;
  const size = Math.floor(Math.log10(Math.abs(value) / width));
  const digits = Number.isFinite(size) ? Math.max(size + DIGITS_OF_WIDTH, SHOWN_DIGITS) : SHOWN_DIGITS;
  return evenly(value, Math.min(digits, 100));
}

// of two numbers that are just as near JavaScript takes the larger one, Python the even one
function evenly(value, digits) {
  const shown = value.toPrecision(digits), exact = Math.abs(value).toExponential(100).replace(".", "");
  const mantissa = exact.slice(0, exact.indexOf("e"));
  const isBetween = /^50*$/.test(mantissa.slice(digits)) && Number(mantissa[digits - 1]) % 2 === 0;
  if (!isBetween) return Number(shown);
  const kept = `${mantissa[0]}.${mantissa.slice(1, digits)}${exact.slice(exact.indexOf("e"))}`;
  return Math.sign(value) * Number(kept);
}
