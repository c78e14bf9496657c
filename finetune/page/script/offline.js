// The page by itself: in the language of its reader, and what it says while it gets ready to answer.

const NOT_READY = ["damaged", "not_whole", "no_simd", "memory", "network", "not_loaded", "from_disk", "broken"];
// Whether wasm may have instructions for several numbers at once: a function that uses one.
const SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
);

const held = new Map(); // nothing outlasts the page
const kept = {
  getItem: (name) => held.get(name) ?? null,
  setItem: (name, value) => held.set(name, value),
  removeItem: (name) => held.delete(name),
};
const linksAnswer = () => false;

let readiness = { name: "opening" };

function tellReadiness(next = readiness) {
  const { name, values, share, kept } = (readiness = next), wrong = NOT_READY.includes(name), over = wrong || name === "ready";
  at("readiness").className = wrong ? "tone-severe" : name === "ready" ? "tone-good" : "tone-plain";
  at("readiness").dataset.state = name;
  at("readiness-state").textContent = say(name, values);
  at("readiness-bar").hidden = over;
  if (share === undefined) at("readiness-bar").removeAttribute("value");
  else at("readiness-bar").value = share;
  at("readiness-kept").textContent = kept ? say(kept) : "";
  at("readiness-kept").hidden = !kept;
  if (over) tell([say(name, values), kept && say(kept)].filter(Boolean).join(" "));
}

function languageOfReader() {
  const there = [...document.querySelectorAll("template")].map((one) => one.id.replace("page-", ""));
  return navigator.languages.map((one) => one.toLowerCase().split("-")[0]).find((one) => there.includes(one)) ?? there[0];
}

function speakIn(code) {
  const template = at(`page-${code}`);
  document.documentElement.lang = template.lang;
  at("page").replaceChildren(template.content.cloneNode(true));
  learn();
  document.title = document.querySelector("h1").textContent;
  for (const button of document.querySelectorAll(".languages button")) {
    button.addEventListener("click", () => speakAnew(button.value));
  }
  for (const button of document.querySelectorAll(".example")) {
    button.addEventListener("click", () => takeExample(button.textContent));
  }
  start();
  tellReadiness();
}

function speakAnew(code) {
  const pasted = at("pasted").value;
  keepDrafts();
  speakIn(code);
  at("pasted").value = pasted;
  if (table && !table.id) { // it is still on its way
    showJob();
    doing(say("sending"));
  }
  speakToWorker();
  if (asked) show(asked.answer);
  if (weighing) stillWeighing(say("weighing"));
  document.querySelector(`.languages [value=${code}]`).focus();
}

function takeExample(text) {
  fields()[0].value = text;
  fields()[0].focus();
  ask();
}

function whatBrowserLacks() {
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(SIMD)) return "WebAssembly SIMD";
  if (typeof DecompressionStream === "undefined") return "DecompressionStream";
  if (typeof Intl.Segmenter === "undefined") return "Intl.Segmenter";
  return typeof Worker === "undefined" ? "Worker" : "";
}

async function partsOfPage(list, beside) {
  if (beside && location.protocol === "file:") throw new Unready("from_disk");
  if (beside) await keptByBrowser().catch((error) => console.error(error));
  const far = (share) => tellReadiness({ name: beside ? "fetching" : "unpacking", share, values: { share: percent(0).format(share) } });
  return allParts(list, far);
}

async function getReady() {
  const began = performance.now(), list = JSON.parse(at("parts").textContent), beside = list.some((one) => one.file);
  try {
    const lacking = whatBrowserLacks();
    if (lacking) throw new Unready("no_simd", { lacking });
    const parts = await partsOfPage(list, beside), text = (part) => new TextDecoder().decode(part);
    tellReadiness({ name: "starting" });
    await begin(text(parts.worker), {
      ...{ described: JSON.parse(text(parts.described)), tokenizer: text(parts.tokenizer), facts },
      ...{ network: parts.network, wasm: parts.wasm, words: parts.words ?? null, said: known.worker, language: known.language },
    }, over);
    const seconds = (performance.now() - began) / 1000;
    tellReadiness({ name: "ready", values: { seconds: number.format(Math.ceil(seconds)) }, seconds });
    if (beside) tellKept();
  } catch (error) {
    console.error(error);
    if (error.code === "not_whole" && globalThis.caches) await forgetParts();
    over(error instanceof Unready ? error : failing(error.message));
  }
}

function over({ code, values }) {
  tellReadiness({ name: code, values });
  stopped(code, values);
}

// a table under way, or one that nobody has fetched, is lost with the page
function stay(event) {
  if (!table || table.isFetched) return;
  event.preventDefault();
  event.returnValue = true; // a browser before 2024 hears this alone
}

window.addEventListener("beforeunload", stay);
speakIn(languageOfReader());
document.addEventListener("DOMContentLoaded", getReady);
