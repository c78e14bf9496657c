"""The page's own script asks the worker as it would ask a server: in a real browser, from the disk, under its rules."""

import base64
import gzip
import json
from typing import Any

import pytest

from finetune.page.offline import said
from finetune.page.offline.worker import worker
from finetune.page.page import joined
from tests.finetune.page.offline.in_node import KEPT, parts_of
from tests.in_browser import NEEDED, opened

pytestmark = NEEDED

RULES = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:"
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="%s">
<script type="text/plain" id="worker">%s</script>
<script type="module">
%s
const told = [];
tell = (text) => told.push(text);
known = { said: %s };
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
const { network, wasm, ...rest } = %s;
const start = { ...rest, network: bytes(network), wasm: bytes(wasm) };
const waits = begin(document.getElementById("worker").textContent, start).catch((error) => stopped(error.code, error.values));
const ask = (path, body, more) => request(path, { method: "POST", body: JSON.stringify(body), ...more });
const caught = (asked) => asked.then((got) => got.json(), (error) => [error.name, error.message, error.status ?? null]);
window.found = async () => {
  await waits;
  const ends = new AbortController();
  const late = caught(ask("explain", { text: "boi vaca ".repeat(300) }, { signal: ends.signal }));
  ends.abort();
  const answered = await caught(ask("predict", { text: "boi gordo" }));
  const refused = await caught(ask("predict", { texts: "boi" }));
  const explained = await caught(ask("explain", { text: "boi gordo" }));
  const model = await caught(request("model")), left = start.network.byteLength;
  return { late: await late, answered, refused, explained, model, told, left };
};
</script>"""


@pytest.fixture(scope="module")
def browser():
    with opened() as one:
        yield one


def page_of(folder, scratch, **instead: Any):
    start = parts_of(folder, scratch) | {"words": None}
    start["tokenizer"] = (scratch / "readable.json").read_text(encoding="utf-8")
    start["network"] = base64.b64encode((folder / "model.onnx").read_bytes()).decode()
    start["wasm"] = base64.b64encode(gzip.decompress((KEPT / "onnxruntime.wasm.gz").read_bytes())).decode()
    script, sentences = joined(("shown", "parts", "local")), json.dumps(said.by_script())
    file, told = scratch / "page.html", json.dumps({**start, **instead})
    file.write_text(PAGE % (RULES, worker(), script, sentences, told), encoding="utf-8")
    return file


def found(browser, file):
    page, asked, wrong = browser.new_page(), [], []
    page.context.set_offline(True)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    answer = page.evaluate("window.found()")
    page.close()
    assert wrong == []
    assert [url for url in asked if not url.startswith((file.as_uri(), "blob:", "data:"))] == []
    return answer


def test_the_worker_is_asked_as_a_server_is(browser, folders, tmp_path):
    answer = found(browser, page_of(folders / "single_label", tmp_path))
    assert answer["late"][0] == "AbortError"
    assert answer["answered"]["answers"][0]["label"] in ("Clima", "Pecuária", "Preços")
    assert answer["refused"] == [
        "Error",
        'Give one of "text", "texts" and "rows", and "probabilities" if you like.',
        422,
    ]
    assert [each["word"] for each in answer["explained"]["words"]] == ["boi", "gordo"]
    assert answer["model"]["model"] == "demo-1"
    assert answer["told"][-1].endswith("3 of 3")
    assert answer["left"] == 0  # it was handed over, and is not kept twice


@pytest.mark.parametrize(
    ("instead", "code"),
    [({"tokenizer": "{"}, "damaged"), ({"network": ""}, "damaged")],
    ids=["tokens", "network"],
)
def test_why_there_is_no_answer_is_told_by_every_question(browser, folders, tmp_path, instead, code):
    answer = found(browser, page_of(folders / "single_label", tmp_path, **instead))
    assert answer["answered"] == answer["model"] == ["Error", said.by_script()[code], 503]
