// Which words weighed most: in their places, and the strongest once more.

const STRONGEST = 5;
const FULL = 0.05; // share from which on a word is marked as strongly as can be: where all weigh little, that is seen

let weighing = false;

async function explain() {
  const of = asked;
  if (weighing) return;
  weighing = true;
  complain("why-error", "");
  stillWeighing(say("weighing"));
  try {
    const { words } = await post("explain", question(of.cells), { waiting: stillWeighing });
    if (asked === of) weighed(of.cells, words);
  } catch (error) {
    complain("why-error", toldOf(error));
  } finally {
    weighing = false;
    at("explain").setAttribute("aria-disabled", false);
    at("explaining").hidden = true;
  }
}

function stillWeighing(text) {
  at("explain").setAttribute("aria-disabled", true);
  at("explaining").textContent = text;
  at("explaining").hidden = false;
  tell(text);
}

function weighed(cells, words) {
  const size = (one) => Math.abs(one.weight), most = Math.max(...words.map(size), isNumber() ? 0 : FULL);
  const heavy = words.filter((one) => size(one) >= most / 10 && one.weight);
  const strongest = [...heavy].sort((one, other) => size(other) - size(one)).slice(0, STRONGEST);
  const within = document.activeElement === at("explain");
  at("words").replaceChildren(...marked(cells, words, new Set(heavy), most));
  at("strongest").replaceChildren(...strongest.map((one) =>
    bar(one.word, inWhatWay(one), size(one) / most, one.weight > 0 ? "for" : "against")));
  if (!strongest.length) at("strongest").append(make("li", "", say("none_weighed")));
  at("weighed").hidden = false;
  at("explain-row").hidden = true;
  if (within) at("weighed-title").focus();
  tell(strongest.map((one) => `${one.word}, ${inWhatWay(one)}`).join("; ") || say("none_weighed"));
}

function inWhatWay({ weight }) {
  const [more, less] = isNumber() ? ["larger", "smaller"] : ["for", "against"];
  const amount = isNumber() ? number.format(Math.abs(weight)) : percent(1).format(Math.abs(weight));
  return say(weight > 0 ? more : less, { amount });
}

const isLetter = (letter) => letter !== undefined && /[\p{L}\p{N}]/u.test(letter);

function placeOf(word, cell, from) {
  for (let place = cell.indexOf(word, from); place >= 0; place = cell.indexOf(word, place + 1)) {
    const whole = !(isLetter(word[0]) && isLetter(cell[place - 1]));
    if (whole && !(isLetter(word.at(-1)) && isLetter(cell[place + word.length]))) return place;
  }
  return -1;
}

// words come in the order of the text, fields one behind the other; one that is in none is of the template around them
function marked(cells, words, heavy, most) {
  const lines = cells.map(() => make("p", "said")), ends = cells.map(() => 0);
  let field = 0;
  for (const one of words) {
    const found = cells.findIndex((cell, place) => place >= field && placeOf(one.word, cell, ends[place]) >= 0);
    if (found < 0) continue;
    field = found;
    const start = placeOf(one.word, cells[field], ends[field]);
    lines[field].append(cells[field].slice(ends[field], start), heavy.has(one) ? mark(one, most) : one.word);
    ends[field] = start + one.word.length;
  }
  lines.forEach((line, place) => line.append(cells[place].slice(ends[place])));
  return lines;
}

function mark({ word, weight }, most) {
  const strength = Math.abs(weight) / most;
  const made = make("mark", weight > 0 ? "for" : "against", word);
  made.classList.toggle("strong", strength > 0.5);
  made.style.setProperty("--strength", `${Math.round(15 + 30 * strength)}%`);
  return made;
}
