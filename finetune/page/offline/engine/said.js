// What the worker says, in the language that it is started with, and how it refuses what it cannot answer.

let sentences = {};
let count = String; // a whole number in the reader's marks

const STEERING = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g; // would turn around all that follows
const NAME_LETTERS = 60, MOST_NAMES = 20;

function say(name, values = {}) {
  return visible(sentences[name].replace(/\{(\w+)\}/g, (gap, key) => (key in values ? String(values[key]) : gap)));
}

// what would steer is shown instead of obeyed, as `callbacks/language/visible.py` has it
function visible(text) {
  return text.replaceAll("\r\n", "\n").replace(STEERING, (sign) => {
    const code = sign.charCodeAt(0).toString(16);
    return sign === "\t" ? " " : code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

// names are anybody's, and may be a megabyte long
function short(name) {
  const letters = Array.from(name.slice(0, 2 * NAME_LETTERS + 2)), isLong = letters.length > NAME_LETTERS;
  const cut = isLong ? `${letters.slice(0, NAME_LETTERS - 1).join("")}…` : name;
  const lines = cut.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  if (lines.at(-1) === "") lines.pop();
  return visible(lines.join(" "));
}

class Refusal extends Error { // its message is what the reader is told
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

class Unready extends Error { // why nothing can be answered at all: "damaged", "memory" or "network"
  constructor(code, cause) {
    super(String(cause), { cause });
    this.code = code;
  }
}

const isOfMemory = (error) => /memory|bad_alloc|allocat/i.test(String(error));
const unready = (error) => new Unready(isOfMemory(error) ? "memory" : "damaged", error);

function listed(names) {
  const shown = names.slice(0, MOST_NAMES).map((name) => `"${short(name)}"`).join(", ");
  return names.length > MOST_NAMES ? `${shown}, …` : shown;
}
