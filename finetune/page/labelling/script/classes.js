// The classes as buttons, each with its key; where there are more than keys, found by typing.

const CLASS_KEYS = [..."123456789abcdefghijklmopqrtuvwxy"]; // without N, S and Z, which do something else
const FIRST_KEYS = 9;

let chosen = new Set(); // of several, those that are to be saved
let noneFits = false; // of several, that none is

const areMany = () => classes.length > CLASS_KEYS.length;

// where names begin with digits these find a class, as letters do
const digitsFind = () => areMany() && classes.some((label) => /^\d/.test(label));

// the classes in whose names all words stand that are typed; one that is called just so comes first
function found(typed = areMany() ? at("filter").value : "") {
  const name = folded(typed.trim()), words = name.split(/\s+/).filter(Boolean);
  const some = classes.filter((label) => words.every((word) => folded(label).includes(word)));
  return some.sort((one, other) => (folded(other) === name) - (folded(one) === name));
}

// a class that is called by one sign has that as its key: who reads 2 presses 2
function ownKey(label) {
  const key = label.toLowerCase();
  return /^[0-9a-z]$/.test(key) && !(key === "0" && ofSeveral()) ? key : "";
}

function keysOf(labels) {
  if (areMany()) return labels.map((_, place) => (place < FIRST_KEYS && !digitsFind() ? String(place + 1) : ""));
  const own = new Map(labels.toReversed().map((label) => [ownKey(label), label]));
  const free = CLASS_KEYS.filter((key) => !own.has(key));
  return labels.map((label) => (ownKey(label) && own.get(ownKey(label)) === label ? ownKey(label) : (free.shift() ?? "")));
}

function keyCap(key) {
  const cap = make("kbd", "", key.toUpperCase());
  cap.setAttribute("aria-hidden", "true");
  return cap;
}

function classButton(label, key, isFirst) {
  const button = make("button", "class", make("bdi", "", label.replace(STEERING, " ")));
  button.type = "button";
  if (key) {
    button.prepend(keyCap(key));
    button.setAttribute("aria-keyshortcuts", key);
  }
  if (ofSeveral()) button.setAttribute("aria-pressed", chosen.has(label));
  button.classList.toggle("first", isFirst);
  button.addEventListener("click", () => choose(label));
  return button;
}

function plainButton(text, key, action, pressed = null) {
  const button = make("button", "class plain", keyCap(key), text);
  button.type = "button";
  button.setAttribute("aria-keyshortcuts", key);
  if (pressed !== null) button.setAttribute("aria-pressed", pressed);
  button.addEventListener("click", action);
  return button;
}

function showClasses() {
  const some = found(), typed = areMany() ? at("filter").value.trim() : "";
  const keys = keysOf(some), buttons = some.map((label, place) => classButton(label, keys[place], Boolean(typed) && !place));
  if (ofSeveral() && !typed) buttons.push(plainButton(say("none_fits"), "0", chooseNone, noneFits));
  if (mayBeNew()) buttons.push(plainButton(typed && !some.length ? say("new_named", { label: typed }) : say("new_class"), "+", openAdding));
  at("filter-field").hidden = !areMany();
  at("classes").classList.toggle("many", areMany());
  at("classes").replaceChildren(...buttons);
  showCaps();
}

function filtered() {
  showClasses();
  tell(say("classes_found", { n: number.format(found().length) }));
}

// one class is saved at once; of several, each is taken or left until all are saved
function choose(label) {
  complain("row-error", "");
  if (!ofSeveral()) return mark([label]);
  noneFits = false;
  if (!chosen.delete(label)) chosen.add(label);
  if (areMany()) at("filter").value = "";
  showClasses();
  tell(labelShown([...chosen].join(SEVERAL_MARK)));
}

function chooseNone() {
  noneFits = !noneFits;
  chosen.clear();
  showClasses();
}

function chooseByKey(key) {
  const some = found(), label = some[keysOf(some).indexOf(key)];
  if (label !== undefined) choose(label);
}

function forgetChoice() {
  chosen = new Set();
  noneFits = false;
  if (!ofNumbers()) at("filter").value = "";
}

// Enter: what is found, else what is chosen, else what the model says
function confirmClasses() {
  const typed = areMany() && at("filter").value.trim(), [first] = found();
  if (typed) return first === undefined ? openAdding() : choose(first);
  if (!ofSeveral()) return accept();
  if (!chosen.size && !noneFits) return complain("row-error", say("choose_first"));
  mark(classes.filter((label) => chosen.has(label)));
}

// ---- a new class, which is asked about first

function openAdding() {
  complain("adding-error", "");
  at("class-name").value = areMany() ? at("filter").value.trim() : "";
  showAlike();
  at("adding").showModal();
  at("class-name").focus();
}

const isAlike = (one, other) => one.slice(0, 4) === other.slice(0, 4) || (one.length > 3 && (one.includes(other) || other.includes(one)));

function showAlike() {
  const typed = folded(at("class-name").value.trim());
  const alike = typed.length < 3 ? [] : classes.filter((label) => label && isAlike(folded(label), typed)).slice(0, 3);
  complain("adding-alike", alike.length ? say("alike", { labels: alike.join(", ") }) : "");
}

function add(event) {
  event.preventDefault();
  const label = at("class-name").value.replace(STEERING, " ").replace(/\s+/g, " ").trim();
  const there = classes.find((each) => folded(each) === folded(label));
  if (!label) return complain("adding-error", say("name_needed"));
  if (there !== undefined) return complain("adding-error", say("exists", { label: there }));
  at("adding").close();
  classes.push(label);
  added.add(label);
  if (!ofSeveral()) return mark([label]);
  if (areMany()) at("filter").value = "";
  chosen.add(label);
  noneFits = false;
  showClasses();
}

const added = new Set(); // new ones that no mark has told the server of yet

function startClasses() {
  classes = [...facts.labels];
  at("filter").addEventListener("input", filtered);
  at("adding-form").addEventListener("submit", add);
  at("adding-close").addEventListener("click", () => at("adding").close());
  at("class-name").addEventListener("input", showAlike);
}
