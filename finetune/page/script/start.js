// The page itself: what it does where it is touched, and what it takes up of before.

function keepDrafts() {
  kept.setItem("drafts", JSON.stringify(fields().map((field) => field.value)));
}

function takeUp() {
  const drafts = JSON.parse(kept.getItem("drafts") ?? "[]"), before = kept.getItem("table");
  kept.removeItem("drafts");
  fields().forEach((field, place) => (field.value ||= drafts[place] ?? ""));
  if (!before) return;
  watch(follow(JSON.parse(before)));
  doing(say("reading")); // until the first look
}

function start() {
  const form = at("asking");
  form.addEventListener("submit", ask);
  form.addEventListener("reset", startAfresh);
  form.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && ask(event));
  at("explain").addEventListener("click", explain);
  at("file").addEventListener("change", () => send([...at("file").files]));
  for (const id of ["cancel", "another"]) at(id).addEventListener("click", giveUp);
  at("download").addEventListener("click", download);
  startPasting();
  for (const link of document.querySelectorAll(".languages a")) link.addEventListener("click", keepDrafts);
  takeUp();
}

for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => facts && dragged(event));
window.addEventListener("dragleave", (event) => facts && !event.relatedTarget && at("drop").classList.remove("over"));
