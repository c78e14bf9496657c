// How anything is shown. Sentences come with the page; whatever else is shown is put in as text alone, for labels,
// names of columns and of files are anybody's. The files beside this one are one module: `page.py` joins them.

let known, facts, number, size, percent;

const at = (id) => document.getElementById(id);
const STEERING = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g; // would turn around all that follows
const pause = (seconds) => new Promise((wake) => setTimeout(wake, 1000 * seconds));

function say(name, values = {}) {
  return known.said[name].replace(/\{(\w+)\}/g, (gap, key) => String(values[key]).replace(STEERING, " "));
}

class Trouble extends Error { // its message is what the reader is told; status 0: no answer came
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

function make(tag, className, ...inside) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...inside);
  return made;
}

function tell(text) {
  at("told").textContent = text;
}

function complain(id, text) {
  at(id).hidden = !text;
  at(id).textContent = text;
}
