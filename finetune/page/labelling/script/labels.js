// What a label is on this page: its classes, or a number, as it is written, shown and typed.

const SEVERAL_MARK = "|";

let classes = []; // the model's, then those that people have added

const ofNumbers = () => facts.problem_type === "regression";
const ofSeveral = () => facts.problem_type === "multi_label_classification";
const mayBeNew = () => !ofNumbers() && facts.task !== "ordinal";

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// a label as people read it
function labelShown(label) {
  if (label === null) return say("skipped_by");
  if (ofNumbers()) return numberShown(label);
  if (label === "") return say("none_fits");
  return (ofSeveral() ? label.split(SEVERAL_MARK).join(", ") : label).replace(STEERING, " ");
}

function numberShown(label) {
  const value = Number(label);
  return Number.isFinite(value) ? new Intl.NumberFormat(known.language, { maximumFractionDigits: 12 }).format(value) : label;
}

function marksOfNumbers() {
  const parts = new Intl.NumberFormat(known.language).formatToParts(12345.6);
  return { decimal: parts.find(({ type }) => type === "decimal").value };
}

// a number as it is typed here, with a comma or a point, written with a point; null where it is none
function numberRead(typed) {
  const text = typed.replace(/\s/g, "").replace("−", "-"), { decimal } = marksOfNumbers();
  if (!/^[-+]?[\d.,]*\d[\d.,]*$/.test(text)) return null;
  const used = [".", ","].filter((mark) => text.includes(mark));
  const last = used.sort((one, other) => text.lastIndexOf(other) - text.lastIndexOf(one))[0];
  const isSingle = last && text.split(last).length === 2;
  const groups = used.length === 1 && (!isSingle || (last !== decimal && /^[-+]?\d{1,3}.\d{3}$/.test(text)));
  const point = groups ? undefined : last;
  const plain = [...text].filter((letter) => !/[.,]/.test(letter) || letter === point).join("").replace(",", ".");
  return plain.split(".").length > 2 || !Number.isFinite(Number(plain)) ? null : String(Number(plain));
}

// what the model answers, as a mark would have it; null where it says nothing
function labelsOfAnswer({ answer }) {
  if (!answer || answer.empty) return null;
  if (ofNumbers()) return answer.value == null ? null : [String(answer.value)];
  return answer.labels ?? (answer.label == null ? null : [answer.label]);
}

function newId() { // `crypto.randomUUID` is not there where a page comes over plain http
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
