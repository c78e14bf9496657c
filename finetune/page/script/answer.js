// The answer: in words, and how likely each label is.

const LIKELIEST = 5;
const CERTAIN = [[0.95, "almost_certain"], [0.8, "very_likely"], [0.6, "likely"], [0, "uncertain"]];

const isNumber = () => facts.problem_type === "regression";
const chosen = (answer) => answer.labels ?? [answer.label];

function called(answer) {
  if (isNumber()) return [quantity(answer).format(answer.value)];
  return chosen(answer).length ? chosen(answer) : [say("none_fits")];
}

function shown(share) {
  return percent(share > 0.99 || share < 0.01 ? 1 : 0).format(share === 1 ? 1 : Math.min(share, 0.999));
}

// digits that mean something beside what the number may be off by: two of that
function quantity({ low, high }) {
  const off = (high - low) / 2;
  if (low == null || !(off > 0)) return number;
  const digits = Math.min(Math.max(0, 1 - Math.floor(Math.log10(off))), 6);
  return new Intl.NumberFormat(known.language, { maximumFractionDigits: digits });
}

function aboutNumber(answer) {
  if (answer.low == null) return [say("no_range")];
  const { format } = quantity(answer);
  return [say("range", { low: format(answer.low), high: format(answer.high) })];
}

function aboutSureness({ confidence }) {
  const [, words] = CERTAIN.find(([least]) => confidence >= least);
  const n = number.format(Math.min(99, Math.round(100 * confidence)));
  return [say("sure", { words: say(words), percent: shown(confidence) }), say("sure_means", { n })];
}

// what stands large, and the lines below it
function inWords(answer) {
  if (answer.empty) return [[say("nothing_seen")], [say("nothing_seen_means")]];
  const guess = called(answer), sure = answer.confidence == null ? null : shown(answer.confidence);
  if (!answer.abstained) return [guess, isNumber() ? aboutNumber(answer) : aboutSureness(answer)];
  const guessed = say(sure ? "guess_sure" : "guess", { answer: guess.join(", "), percent: sure });
  return [[say("unsure")], [say("unsure_means"), guessed, ...(isNumber() ? aboutNumber(answer) : [])]];
}

function show(answer) {
  const result = make("div", "result"), [head, lines] = inWords(answer);
  result.classList.toggle("tone-warning", Boolean(answer.abstained || answer.empty));
  result.append(make("p", "head", ...head.map((each) => make("bdi", "", each))));
  lines.forEach((line, place) => result.append(make("p", place ? "hint" : "first", line)));
  at("answer").replaceChildren(result, ...(answer.probabilities ? likelihoods(answer) : []));
  result.scrollIntoView({ block: "nearest" });
  at("why").hidden = Boolean(answer.empty);
  at("weighed").hidden = true;
  at("explain-row").hidden = false;
  complain("why-error", "");
  tell(say("told", { answer: [head.join(", "), lines[0]].join(", ") }));
}

function likelihoods(answer) {
  const likeliest = Object.entries(answer.probabilities).sort((one, other) => other[1] - one[1]);
  const first = new Set(likeliest.slice(0, LIKELIEST).map(([label]) => label));
  const inOrder = facts.task !== "ordinal" ? likeliest
    : facts.labels.filter((label) => Object.hasOwn(answer.probabilities, label)).map((label) => [label, answer.probabilities[label]]);
  const list = make("ol", "bars");
  for (const [label, share] of inOrder) {
    const isChosen = !answer.abstained && chosen(answer).includes(label);
    const line = bar(label, shown(share), share, isChosen ? "chosen" : "");
    if (isChosen) line.firstChild.append(make("span", "unseen", ` (${say("answered")})`));
    line.hidden = !first.has(label);
    line.dataset.more = line.hidden;
    list.append(line);
  }
  const title = make("h3", "", say("how_likely"));
  return likeliest.length > LIKELIEST ? [title, list, unfolding(list, likeliest.length)] : [title, list];
}

function bar(name, value, share, className) {
  const filled = make("i", "");
  filled.style.width = `${Math.max(0.5, 100 * share)}%`;
  const track = make("span", "track", filled);
  track.setAttribute("aria-hidden", "true");
  return make("li", className, make("span", "", make("bdi", "", name)), make("span", "value", value), track);
}

function unfolding(list, n) {
  const button = make("button", "button quiet", say("all", { n: number.format(n) }));
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") === "false";
    for (const line of list.querySelectorAll("[data-more=true]")) line.hidden = !open;
    button.setAttribute("aria-expanded", open);
    button.textContent = open ? say("fewer") : say("all", { n: number.format(n) });
  });
  return button;
}
