// Who labels: asked once, kept in this browser, sent with every label. And what begins it all.

const PERSON = "finetune label: who";

let person = "";

function openNaming() {
  at("name").value = person || facts.who;
  complain("naming-error", "");
  at("naming").showModal();
  at("name").select();
}

function named(event) {
  event.preventDefault();
  const name = at("name").value.replace(STEERING, " ").replace(/\s+/g, " ").trim();
  if (!name) return complain("naming-error", say("name_needed"));
  const isFirst = !person;
  localStorage.setItem(PERSON, name);
  takeName(name);
  at("naming").close();
  tell(say("you", { name }));
  if (!isFirst) {
    history = []; // of whoever it was before
    queue = [];
    showRow();
  }
  getRows();
}

function takeName(name) {
  person = name;
  at("who").textContent = name;
}

function start() {
  if (ofNumbers()) startNumber();
  else startClasses();
  startWork();
  startSearch();
  startKeys();
  startSaving();
  startProgress();
  at("person").addEventListener("click", openNaming);
  at("naming-form").addEventListener("submit", named);
  at("naming").addEventListener("close", () => person || openNaming()); // nothing is labelled by nobody
  const before = localStorage.getItem(PERSON);
  if (!before) return openNaming();
  takeName(before);
  getRows();
}
