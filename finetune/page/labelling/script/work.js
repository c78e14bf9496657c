// The rows one after the other: a few are here ahead, so that nobody waits for the next one.

const AHEAD = 6, FEW = 5;
const LOOK_AGAIN = 5; // seconds, while others have the rows that are left
const tab = tabOfBefore() ?? newTab();

let queue = []; // rows; the first is the one that is shown
let history = []; // what was said in this tab and may be taken back: its word, and the row
let isGetting = false;

function newTab() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(36)).join("");
}

// this tab before it was loaded anew, whose rows are still its own; a copy of the tab is another one
function tabOfBefore() {
  const before = kept.getItem("tab");
  kept.removeItem("tab");
  return before;
}

function learnClasses(labels) {
  if (ofNumbers() || labels.every((label) => classes.includes(label))) return;
  classes = [...labels, ...classes.filter((label) => !labels.includes(label))];
  if (queue.length) showClasses();
}

const order = () => at("order").value;

async function getRows() {
  if (isGetting || !person) return;
  isGetting = true;
  const asked = order();
  try {
    if (!queue.length) nothing(say("getting"));
    const have = [...queue, ...outbox.filter(({ kind }) => kind === "mark")].map(({ row }) => row);
    const slow = setTimeout(() => !queue.length && nothing(say("ordering")), 1500);
    const body = { order: asked, who: person, tab, have, count: AHEAD };
    const { rows, elsewhere, done, labels } = await post("next", body, { waiting: nothing }).finally(() => clearTimeout(slow));
    if (asked !== order()) return void setTimeout(getRows);
    const wasEmpty = !queue.length, there = new Set(have);
    queue = queue.filter(({ row, settling }, place) => !place || settling || !done.includes(row));
    queue.push(...rows.filter(({ row }) => !there.has(row)));
    learnClasses(labels);
    if (wasEmpty) begun();
    if (queue.length) return;
    nothing(elsewhere ? say("with_others", { n: number.format(elsewhere) }) : say("nothing_left"));
    if (elsewhere) setTimeout(() => !queue.length && getRows(), 1000 * LOOK_AGAIN);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (queue.length) return; // it is asked again with the next row
    nothing(error.status ? toldOf(error) : say("no_connection"));
    if (!error.status) setTimeout(getRows, 1000 * AGAIN);
  } finally {
    isGetting = false;
  }
}

function nothing(why) {
  if (queue.length) return tell(why);
  at("nothing-why").textContent = why;
}

function begun() {
  showRow();
  if (queue.length) goToRow();
}

// says something of the row that is shown, and goes on to the next one
function mark(labels, { skip = false } = {}) {
  const [row] = queue;
  if (!row) return;
  const isNew = labels.some((label) => added.has(label));
  const entry = { kind: "mark", id: newId(), row: row.row, key: row.key, labels, skip, note: at("note").value.trim() };
  history.push({ id: entry.id, row });
  queue.shift();
  showRow();
  goToRow();
  put({ ...entry, who: person, settles: Boolean(row.settling) && !skip, isNew, shown: row });
  if (queue.length < FEW) getRows();
}

const skip = () => mark([], { skip: true });

function accept() {
  const labels = queue.length ? labelsOfAnswer(queue[0]) : null;
  if (!labels) return complain("row-error", say("no_answer"));
  mark(labels);
}

function confirmChoice(event) {
  event?.preventDefault();
  if (!queue.length) return;
  if (ofNumbers()) confirmNumber();
  else confirmClasses();
}

function bringBack(row) {
  queue = [row, ...queue.filter((each) => each.row !== row.row)];
  begun();
}

// what was not sent yet is simply taken out; all else the server takes back
function undo() {
  const last = history.pop(), unsent = last && outbox.find(({ id, isTried }) => id === last.id && !isTried);
  if (last) bringBack(last.row);
  if (!unsent) return put({ kind: "undo", id: newId(), who: person, of: last?.id ?? null, mark: marksOf.get(last?.id) ?? null });
  done(unsent);
  tell(say("undone", { label: labelsShown(unsent) }));
}

function undone(entry, { label, row }) {
  lookAtProgressSoon();
  if (outbox.some((each) => each.kind === "mark" && each.row === row.row)) return; // something else is said of it already
  tell(say("undone", { label: label === null ? say("skipped_it") : labelShown(label) }));
  const here = queue.findIndex((each) => each.row === row.row);
  if (here < 0) bringBack(row);
  else queue[here] = { ...queue[here], marks: row.marks };
  if (!here) showMarks(row.marks);
}

function changeOrder() {
  kept.setItem("order", order());
  queue = [];
  showRow();
  getRows();
}

function startWork() {
  const before = kept.getItem("order");
  if (before && facts.orders.includes(before)) at("order").value = before;
  at("order").addEventListener("change", changeOrder);
  at("answering").addEventListener("submit", confirmChoice);
  at("accept").addEventListener("click", accept);
  at("skip").addEventListener("click", skip);
  at("undo").addEventListener("click", undo);
  at("note-open").addEventListener("click", openNote);
  at("look-again").addEventListener("click", getRows);
  addEventListener("pagehide", () => kept.setItem("tab", tab));
  at("save").hidden = !ofSeveral() && !ofNumbers();
}
