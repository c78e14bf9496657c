// The keyboard: what each key does where nobody is writing, and what it does in the fields that are part of labelling.

const isMany = () => !ofNumbers() && areMany();

function openNote() {
  const isOpen = at("note-field").hidden;
  showNote(isOpen);
  if (isOpen) at("note").focus();
  else goToRow();
}

// some keyboards write / and ? with AltGr, which browsers take for Ctrl and Alt together
const isSign = (event) => event.getModifierState("AltGraph") && event.key.length === 1;

// keys that are the same everywhere; letters among them write a class's name where classes are found by typing
function commandOf(event) {
  const { key, code, ctrlKey, metaKey, altKey } = event, small = key.toLowerCase();
  if ((ctrlKey || metaKey) && !altKey) return small === "z" ? undo : null;
  if (altKey && !isSign(event)) return code === "KeyN" ? openNote : null;
  const always = { "=": accept, " ": skip, "/": openSearch, "?": openKeys, Enter: confirmChoice };
  if (isChoice(key)) return null; // a class's key is the class's, whatever it does elsewhere
  const letters = isMany() ? {} : { s: skip, z: undo, n: openNote };
  const more = { "+": mayBeNew() ? openAdding : null, 0: ofSeveral() && !digitsFind() ? chooseNone : null };
  return always[key] ?? letters[small] ?? (ofNumbers() ? null : more[key]) ?? null;
}

const WRITTEN = "textarea, select, dialog input";
const IN_NUMBERS = /^[\d.,+-]$/;
const TOUCHED = "button, a, summary";

// whether a key belongs to what has the focus
function isTheirs(target, event) {
  if (target.closest(WRITTEN)) return true;
  if (target.closest(TOUCHED)) return event.key === "Enter" || event.key === " ";
  if (target.id === "value") return isOfNumber(target, event);
  if (target.id !== "filter" || !target.value) return false;
  if (/^[1-9]$/.test(event.key)) return digitsFind() || found(target.value + event.key).length > 0; // of a class's name, not a key
  return !["Enter", "Escape"].includes(event.key);
}

// while a number is being written no letter is a command: a slip would skip the row
function isOfNumber({ value }, event) {
  if (IN_NUMBERS.test(event.key)) return true;
  if (!value || event.key === "Enter") return false;
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) event.preventDefault();
  return true;
}

function leave(target) {
  if (target.id === "value") forgetNumber();
  if (target.id === "filter") {
    target.value = "";
    showClasses();
  }
  goToRow();
}

function pressed(event) {
  const { target, key } = event;
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (key === "Escape" && target.closest("input, textarea")) return leave(target);
  if (target.id === "note" && key === "Enter" && (event.ctrlKey || event.metaKey)) return leave(target);
  if (isTheirs(target, event)) return;
  const command = commandOf(event);
  if (command || (!event.ctrlKey && !event.metaKey && !event.altKey && isChoice(key))) event.preventDefault();
  else return typing(event);
  if (event.repeat) return; // a key that is held down labels one row
  if (command) command();
  else chooseByKey(key.toLowerCase());
}

function isChoice(key) {
  if (ofNumbers() || at("row").hidden) return false;
  return isMany() ? /^[1-9]$/.test(key) && !digitsFind() : keysOf(classes).includes(key.toLowerCase());
}

// letters find a class, digits are the number, wherever the focus is
function typing(event) {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  if (key.length !== 1 || ctrlKey || metaKey || altKey || at("row").hidden) return;
  if (isMany() && target.id !== "filter") at("filter").focus();
  if (!ofNumbers()) return;
  if (!IN_NUMBERS.test(key)) event.preventDefault();
  else if (target.id !== "value") at("value").focus();
}

function openKeys() {
  at("help").showModal();
}

// what stands on the buttons: where classes have these letters, another key does the same
function showCaps() {
  const taken = isMany() ? ["s", "z", "n"] : ofNumbers() ? [] : keysOf(classes);
  const caps = { skip: ["s", "␣"], undo: ["z", "Ctrl Z"], "note-open": ["n", "Alt N"] };
  for (const [id, [key, otherwise]] of Object.entries(caps)) {
    at(id).querySelector("kbd").textContent = taken.includes(key) ? otherwise : key.toUpperCase();
  }
}

function startKeys() {
  document.addEventListener("keydown", pressed);
  at("keys-open").addEventListener("click", openKeys);
  at("help-close").addEventListener("click", () => at("help").close());
  showCaps();
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", goToRow);
}
