// What was said and is not known to be on the server's disk: kept in this tab, sent in its order, again until it is there.

const AGAIN = 3; // seconds
const NOT_REACHED = [0, 401, 408, 429, 503];

let outbox = [];
let isSending = false, wake = null;

const marksOf = new Map(); // the numbers of marks that are saved, by the words that this page made for them

const boxName = () => `outbox ${facts.run}`;

function keepOutbox() {
  if (!outbox.length) return kept.removeItem(boxName());
  try {
    kept.setItem(boxName(), JSON.stringify(outbox));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
    // a browser keeps some megabytes: without the texts thousands of labels fit
    kept.setItem(boxName(), JSON.stringify(outbox.map(({ shown, ...entry }) => entry)));
  }
}

function put(entry) {
  outbox.push(entry);
  keepOutbox();
  showSaving();
  send();
}

function showSaving(wrong = "") {
  const n = outbox.length;
  at("unsaved").hidden = !wrong;
  at("state").dataset.state = wrong ? "unsaved" : n ? "saving" : "saved";
  at("state").textContent = n ? say("saving") : say("all_saved");
  if (!wrong) return;
  at("state").textContent = "";
  at("unsaved-why").textContent = [say("not_saved", { n: number.format(n) }), wrong].filter(Boolean).join(" ");
}

function pathAndBody({ kind, ...entry }) {
  if (kind === "mark") {
    const { id, row, key, labels, skip, note, who, settles, isNew } = entry;
    return ["marks", { id, row, key, labels, skip, note, who, settles, new: isNew, tab }];
  }
  return ["undo", { id: entry.id, who: entry.who, mark: entry.mark ?? marksOf.get(entry.of) ?? null }];
}

// sends one after the other: what is not answered waits, and all behind it
async function send() {
  if (isSending) return;
  isSending = true;
  while (outbox.length) {
    const [entry] = outbox;
    entry.isTried = true; // it may be on the disk, though no answer came: it is not simply taken out any more
    keepOutbox();
    try {
      const answer = await post(...pathAndBody(entry));
      done(entry);
      if (entry.kind === "mark") markSaved(entry, answer);
      else undone(entry, answer);
    } catch (error) {
      if (!(error instanceof Trouble)) console.error(error);
      if (error instanceof Trouble && !NOT_REACHED.includes(error.status)) {
        done(entry);
        refused(entry, error);
      } else {
        showSaving(error.status ? toldOf(error) : " ");
        await Promise.race([pause(AGAIN), new Promise((go) => (wake = go))]);
      }
    }
  }
  isSending = false;
}

function done(entry) {
  outbox = outbox.filter((each) => each !== entry);
  keepOutbox();
  showSaving();
}

const labelsShown = ({ skip, labels }) => (skip ? say("skipped_it") : labelShown(labels.join(SEVERAL_MARK)));

function markSaved(entry, answer) {
  marksOf.set(entry.id, answer.mark);
  learnClasses(answer.labels);
  tell(entry.skip ? say("saved_skip") : say("saved", { label: labelShown(answer.label) }));
  lookAtProgressSoon();
}

function refused(entry, error) {
  history = entry.kind === "mark" ? history.filter(({ id }) => id !== entry.id) : [];
  at("refused").hidden = false;
  const why = entry.kind === "mark" ? say("refused", { label: labelsShown(entry), why: error.message }) : error.message;
  at("refused").append(make("p", "", why));
  if (entry.kind === "mark" && entry.shown) bringBack(entry.shown);
}

function startSaving() {
  outbox = JSON.parse(kept.getItem(boxName()) ?? "[]");
  at("send-now").addEventListener("click", () => wake?.());
  addEventListener("online", () => wake?.());
  addEventListener("beforeunload", (event) => outbox.length && event.preventDefault());
  showSaving();
  send();
}
