"""Pages that answer by themselves, by a worker that knows no model: it says of each text that the first label fits."""

import json

from finetune.page.offline.assembled import one_file, write_folder
from finetune.page.offline.document import Told
from finetune.page.offline.parts import packed
from tests.finetune.page.fake_server import answer, facts

WORKER = """
const likeliest = ANSWER, labelled = new TextEncoder().encode("texto;label");
const ofTables = {
  POST: { status: 202, json: { table: "1" } },
  GET: { status: 200, json: { state: "done", rows: 1, done: 1, unsure: 0, without_text: 0, remarks: [], name: "t.csv" } },
};
let weighed = null;
self.onmessage = ({ data }) => {
  if (data.speak && weighed) self.postMessage(weighed);
  if (data.start) {
    const { network, wasm, described, tokenizer, said } = data.start, bytes = [...new Uint8Array(network)];
    const whole = bytes.length === 70000 && bytes.every((byte, place) => byte === place * 7919 % 256);
    const rest = wasm.byteLength === 4 && described.task === "single_label" && tokenizer === "{}" && said.unanswered;
    return self.postMessage(whole && rest ? { ready: { seconds: 1 } } : { failed: { code: "network", text: "mixed up" } });
  }
  if (data.speak || data.abort) return;
  if (data.path.startsWith("tables?name=fatal")) return self.postMessage({ id: data.id, status: 202, json: { table: "fatal" } });
  if (data.path === "tables/fatal") throw new Error("out of memory");
  if (data.path.endsWith("/file")) return self.postMessage({ id: data.id, status: 200, bytes: labelled, name: "t.csv" });
  if (data.path.startsWith("tables")) return self.postMessage({ id: data.id, ...ofTables[data.method] });
  if (data.path === "explain") { // answered once the language changes
    weighed = { id: data.id, status: 200, json: { words: [{ word: "folhas", weight: 0.5 }] } };
    return self.postMessage({ id: data.id, waiting: "1 of 2" });
  }
  const texts = data.body.texts ?? data.body.rows ?? [data.body.text];
  self.postMessage({ id: data.id, status: 200, json: { answers: texts.map(() => likeliest) } });
};
"""
NETWORK = bytes(place * 7919 % 256 for place in range(70000))
"""Every byte there is, none where a mistake of one place would not be seen."""


def parts(said=None, network=NETWORK):
    """What the page answers by, with a sentence of each kind of letter in its worker."""
    worker = WORKER.replace("ANSWER", json.dumps(said or answer(facts()["labels"])))
    return [
        packed("worker", f"// não, ●, 🌱 </script><!--\n{worker}".encode()),
        packed("described", b'{"task": "single_label"}'),
        packed("tokenizer", b"{}"),
        packed("wasm", b"wasm"),
        packed("network", network),
    ]


def told(**others):
    """What is said of the model, in both languages."""
    of_page = facts(**{"examples": {}, **others})
    return {code: Told(of_page, (f"Proved, {code}.",)) for code in ("en", "pt")}


def page(said=None, network=NETWORK, **others):
    """The page as one file."""
    return one_file(told(**others), parts(said, network))


def folder(place, said=None, **others):
    """The page with its parts beside it."""
    place.mkdir()
    write_folder(place, told(**others), parts(said))
    return place


def part_of(content: bytes, name: str) -> bytes:
    """How a part stands in a page."""
    _, _, behind = content.partition(b'id="part-%s">' % name.encode())
    return behind.partition(b"</script>")[0]
