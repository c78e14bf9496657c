// One row: its texts, what the table, the model and others say of it. Whatever it holds is put in as text alone.

const SURE_DIGITS = 0;

function showTexts({ texts, cells }) {
  const names = Object.keys(cells), several = names.length > 1;
  const parts = several ? names.map((name) => [name, cells[name]])
    : texts.map((text, place) => [texts.length > 1 ? (facts.columns[place] ?? "") : "", text]);
  at("texts").replaceChildren(...parts.flatMap(([name, text]) => {
    const body = make("p", "text", text);
    body.dir = "auto";
    return name ? [make("h3", "", make("bdi", "", name)), body] : [body];
  }));
  at("texts").scrollTop = 0;
}

const share = (value) => percent(value > 0.99 || value < 0.01 ? 1 : SURE_DIGITS).format(value === 1 ? 1 : Math.min(value, 0.999));

function modelSays(row) {
  const { answer } = row, labels = labelsOfAnswer(row);
  if (!labels) return say("no_answer");
  const label = labelShown(labels.join(SEVERAL_MARK));
  if (ofNumbers()) {
    if (answer.abstained) return say("guess_number", { label });
    return answer.low == null ? label : say("range", { label, low: numberShown(answer.low), high: numberShown(answer.high) });
  }
  return say(answer.abstained ? "guess" : "sure", { label, percent: share(answer.confidence) });
}

function alsoLikely(row) {
  const first = new Set(labelsOfAnswer(row) ?? []);
  const others = row.likely.filter(([label, value]) => !first.has(label) && value >= 0.01).slice(0, 3);
  if (!others.length) return "";
  return say("also", { labels: others.map(([label, value]) => say("sure", { label, percent: share(value) })).join(", ") });
}

function showMarks(marks) {
  at("others-row").hidden = !marks.length;
  at("others").replaceChildren(...marks.map(({ who, label, note }) => {
    const line = make("li", "", make("bdi", "", say("marked", { who, label: labelShown(label) })));
    if (note) line.append(make("p", "hint", note));
    return line;
  }));
}

function whereFrom({ line, source }) {
  if (!line) return source.replace(STEERING, " ");
  return say(source ? "where" : "where_unnamed", { line: number.format(line), source });
}

const hasSentence = (name) => Object.hasOwn(known.said, name);

function showRow(isNew = true) {
  const [row] = queue;
  at("row").hidden = !row;
  at("nothing").hidden = Boolean(row);
  if (!row) return;
  at("row-title").textContent = say("row_number", { n: number.format(row.place == null ? row.row : row.place + 1) });
  at("row-where").textContent = whereFrom(row);
  const why = row.settling ? "reason_conflict" : `reason_${row.reason}`;
  at("reason").textContent = hasSentence(why) ? say(why) : "";
  showTexts(row);
  at("given-row").hidden = row.given === null;
  at("given").textContent = row.given === null ? "" : labelShown(row.given);
  showMarks(row.marks);
  at("model-row").hidden = !row.answer;
  at("model-says").textContent = modelSays(row);
  at("likely").textContent = alsoLikely(row);
  at("accept").hidden = !labelsOfAnswer(row);
  complain("row-error", "");
  if (isNew) forgetRow();
  if (!ofNumbers()) showClasses();
}

// nothing of the last row is left to be saved with this one
function forgetRow() {
  closeNote();
  if (ofNumbers()) forgetNumber();
  else forgetChoice();
}

function closeNote() {
  at("note").value = "";
  showNote(false);
}

function showNote(is) {
  at("note-field").hidden = !is;
  at("note-open").setAttribute("aria-expanded", is);
}

// whoever goes by keyboard or hears the page is where the new row begins
function goToRow() {
  if (document.querySelector("dialog[open]") || at("row").hidden) return;
  if (ofNumbers()) at("value").focus();
  else at("row-title").focus();
}
