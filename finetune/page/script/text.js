// One text, or the fields of a row: what is asked, and what stands while no answer does.

let asked = null; // the question that the answer belongs to
let asking = null; // what ends the question under way

const fields = () => [...at("asking").querySelectorAll("textarea")];

function question(cells) {
  if (cells.length > (facts.pair ? 2 : 1)) {
    return { rows: [Object.fromEntries(facts.columns.map((name, place) => [name, cells[place]]))] };
  }
  return facts.pair ? { texts: [cells] } : { text: cells[0] };
}

function isWrong(cells) {
  if (cells.every((cell) => !cell.trim())) return say("no_text");
  const lengths = cells.map((cell) => [...cell].length), most = facts.limits.characters;
  const n = question(cells).rows ? lengths.reduce((one, other) => one + other) : Math.max(...lengths);
  return n > most ? say("too_long", { n: number.format(n), most: number.format(most) }) : "";
}

async function ask(event) {
  event?.preventDefault();
  const cells = fields().map((field) => field.value), wrong = isWrong(cells);
  complain("asking-error", wrong);
  for (const field of fields()) field.setAttribute("aria-invalid", Boolean(wrong));
  if (wrong) return fields()[0].focus();
  asking?.abort();
  const mine = (asking = new AbortController());
  at("why").hidden = true;
  busy(true, say("asking"));
  try {
    const body = { ...question(cells), probabilities: true };
    const { answers } = await post("predict", body, { signal: mine.signal, waiting: (text) => busy(true, text) });
    asked = { cells, answer: answers[0] };
    show(answers[0]);
  } catch (error) {
    if (error.name === "AbortError") return;
    nothingShown();
    complain("asking-error", toldOf(error));
  } finally {
    if (asking === mine) busy(false);
  }
}

function busy(is, text = "") {
  at("answer").setAttribute("aria-busy", is);
  at("ask").setAttribute("aria-disabled", is);
  if (!is) return;
  at("answer").replaceChildren(make("p", "none", text));
  tell(text);
}

function nothingShown() {
  asked = null;
  at("why").hidden = true;
  at("answer").replaceChildren(make("p", "none", say("no_answer_yet")));
}

function startAfresh() {
  asking?.abort();
  busy(false);
  nothingShown();
  complain("asking-error", "");
}
