// What the worker says, in the language that it is started with, and how it refuses what it cannot answer.

let sentences = {};
let count = String; // a whole number in the reader's marks

function say(name, values = {}) {
  return sentences[name].replace(/\{(\w+)\}/g, (gap, key) => (key in values ? String(values[key]) : gap));
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

const listed = (names) => names.map((name) => `"${name}"`).join(", ");
