"""The export as a page: what is refused before it is made, what it says of its model, and what a browser is asked."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest

from finetune.commands.export import browser, command, html, made, pages, wanted
from finetune.commands.export.browser import browser_of
from finetune.commands.export.command import main, parser
from finetune.commands.export.formats import FORMATS
from finetune.commands.export.held import Held, Said, Scores
from finetune.commands.export.in_browser import InBrowser, Speed, evenly, numbers_of
from finetune.commands.export.limits import CLOSE
from finetune.commands.export.of_page import columns_of, examples_of, sentences
from finetune.commands.export.pages import Wishes, check_wishes, finished
from finetune.commands.export.place import check_page
from finetune.commands.export.proof import Own, Proof
from finetune.commands.export.wanted import page_asked
from finetune.errors import ConfigError, UserError
from finetune.language.which import speaking
from finetune.page.offline.parts import Part
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS
from tests.finetune.page.offline.pages import page, parts, told

LABELS = ["chuva", "praga"]
ROWS = 300


def proof(data=MappingProxyType({}), **others):
    """Of an export that answers each row as its run does, four in five rightly."""
    truth = np.arange(ROWS) % 2
    said = np.where(np.arange(ROWS) % 5 == 0, 1 - truth, truth)
    logits = np.stack([1 - said, said], axis=1) * np.linspace(1, 5, ROWS)[:, None]
    facts = SimpleNamespace(metrics={}, setting=lambda room, name: data.get(name))
    source = SimpleNamespace(
        task=TASKS["single_label"](),
        labels=LABELS,
        truth=truth,
        facts=facts,
        is_of_pairs=False,
        rows=[{"text": f"texto {row}"} for row in range(ROWS)],
        answering=SimpleNamespace(words=None),
        of=lambda part: np.full(ROWS, part == "test"),
    )
    one = Said(logits, logits, Calibration())
    return Proof(
        source, FORMATS["html"], "tokens", CLOSE, Own(one, np.arange(ROWS), SimpleNamespace()), one, **others
    )


def in_browser(equal=ROWS):
    held = Held(ROWS, 0.1, equal, Scores(0.81, 0.02, 0.0), Scores(0.805, 0.025, 0.0))
    return InBrowser("Chromium 150", held, held, Speed(6.04, 0.2), Speed(21.5, 0.75), 390_000_000)


@dataclass(frozen=True)
class Run:
    """What is looked at of a run whose words have a say."""

    run: Path = Path("run")
    answer: str = "mixed"
    answering: object = field(default_factory=lambda: SimpleNamespace(words=1))


@pytest.fixture
def sized(monkeypatch, tmp_path):
    """What a page is made of, as large as is asked for; returns a function that writes it."""

    def made(network: int) -> None:
        monkeypatch.setattr(html.without_torch, "write", lambda *_: None)
        parts = [Part("worker", b"1234"), Part("network", b"<" * network)]
        monkeypatch.setattr(html, "parts_of", lambda folder: parts)
        html.write_small(None, tmp_path, "tokens", tmp_path)

    return made


def test_a_page_that_is_too_large_is_refused_with_what_would_help(sized, monkeypatch):
    monkeypatch.setattr(html, "LARGEST", 200_000)
    sized(99_000)  # of such bytes each takes two in a page
    with pytest.raises(ConfigError) as refused:
        sized(150_000)
    said = str(refused.value)
    assert "0.3 MB, and a page may have 0.2 MB" in said
    assert "Its network takes 0.3 MB" in said
    assert "smaller encoder (--model.name)" in said
    assert "--format html-folder" in said


def test_a_page_is_as_large_as_its_file(monkeypatch, tmp_path):
    made = parts()
    (tmp_path / "model.onnx").write_bytes(b"network")
    monkeypatch.setattr(pages, "parts_of", lambda folder: made)
    monkeypatch.setattr(pages, "told_of", lambda *_, **__: told())
    monkeypatch.setattr(html, "LARGEST", len(page()))
    assert pages.finished(proof(), tmp_path, Wishes(browser="none")).in_browser is None
    monkeypatch.setattr(html, "LARGEST", len(page()) - 1)
    with pytest.raises(ConfigError, match="larger ones neither go by message"):
        pages.finished(proof(), tmp_path, Wishes(browser="none"))


@pytest.mark.parametrize(("size", "answer"), [(10, "mixed"), (7 * 10**6, "network")])
def test_words_that_are_large_stay_behind_and_the_network_is_proved_alone(monkeypatch, capsys, size, answer):
    monkeypatch.setattr(html, "packed_words", lambda path: b"")
    monkeypatch.setattr(html, "packed", lambda name, content: SimpleNamespace(content=range(size)))

    assert html.suited(Run()).answer == answer
    assert ("stays behind" in capsys.readouterr().out) is (answer == "network")


def test_the_page_says_how_it_was_proved_in_every_language():
    with speaking("en"):
        alone = " ".join(sentences(proof()))
        tried = " ".join(sentences(proof(in_browser=in_browser(299))))
        served = " ".join(sentences(proof(in_browser=replace(in_browser(299), served=True))))
    assert "No browser has tried this page" in alone
    assert "gave 300 of 300 held-out rows the answer of the run (95% interval 98.7% to 100.0%)" in alone
    assert "Tried in Chromium 150 with the network cut: of 300 held-out rows this page gave 299" in tried
    assert "macro-F1 over these 300 rows: 0.8050 in this page, 0.8100 in Python, 0.8100 of the run." in tried
    assert "Calibration error of the same rows: 0.0250 in this page" in tried
    assert "with the network cut once a server had given it: of 300" in served
    assert "ready after 6.0 s, took 0.20 s a text, and 390 MB of memory" in tried
    assert "With a processor four times as slow it was ready after 21.5 s, and took 0.75 s a text." in tried
    assert "four times as slow" not in " ".join(
        sentences(proof(in_browser=replace(in_browser(), slowed=None)))
    )


def test_a_page_that_answers_otherwise_in_a_browser_misses_its_bounds():
    assert proof(in_browser=in_browser(300)).missed == ()
    (missed,) = proof(in_browser=in_browser(290)).missed
    assert str(missed) == "in the browser 290 of 300 rows have the same answer (at least 98%)"
    plain = in_browser(290).plain()
    assert plain["against_run"]["equal_answers"] == 290
    assert (plain["network"], plain["requests"]) == ("cut", 0)
    assert replace(in_browser(), served=True).plain()["network"] == "cut after the first opening"


def test_examples_are_surely_and_rightly_answered_and_wanted():
    assert examples_of(proof(), 0) == {}
    found = examples_of(proof(), 2)
    assert list(found) == LABELS
    assert found["chuva"] == ["texto 298", "texto 296"]
    assert found["praga"] == ["texto 299", "texto 297"]


def test_texts_that_a_template_has_made_fit_no_field_and_are_no_examples(capsys):
    templated = proof({"template": "{titulo}: {corpo}"})
    assert examples_of(templated, 2) == {}
    check_wishes(templated.source, Wishes(examples=2))
    check_wishes(templated.source, Wishes())
    check_wishes(proof().source, Wishes(examples=2))
    assert " ".join(capsys.readouterr().out.split()) == (
        "--examples 2: no text stands in the page as an example, because a template makes its texts of several columns, "
        "and they are kept as it made them."
    )


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ({}, ["texto"]),
        ({"text_column": "pergunta", "text_pair_column": "resposta"}, ["pergunta", "resposta"]),
        ({"template": "{titulo}: {corpo} {titulo}"}, ["titulo", "corpo"]),
    ],
)
def test_the_fields_are_the_columns_of_the_training(data, columns):
    assert columns_of(data) == columns


def test_of_many_rows_so_many_are_asked_that_lie_evenly():
    assert evenly(5, 10).tolist() == [0, 1, 2, 3, 4]
    some = evenly(10_001, 101)
    assert (some[0], some[1], some[-1], len(some)) == (0, 100, 10_000, 101)


def test_answers_of_a_page_are_numbers_in_the_order_of_the_outputs():
    said = [{"probabilities": {"praga": 0.9, "chuva": 0.1}}]
    assert numbers_of(said, LABELS, "single_label_classification").tolist() == [[0.1, 0.9]]
    assert numbers_of([{"value": 3}], ["preço"], "regression").tolist() == [[3.0]]


def test_a_browser_that_is_named_has_to_be_there_and_another_need_not(monkeypatch):
    assert browser_of("none") is None
    monkeypatch.setattr(browser, "have", lambda package: False)
    assert browser_of("auto") is None
    monkeypatch.setattr(browser, "require_all", lambda *packages: None)
    with pytest.raises(ConfigError, match="--browser /not/there is no program that can be started"):
        browser_of("/not/there")


def test_a_browser_that_cannot_start_is_known_before_anything_is_computed(tmp_path, monkeypatch):
    def cannot(program):
        raise ConfigError("it cannot")

    monkeypatch.setattr(wanted, "check_starts", cannot)
    monkeypatch.setattr(wanted, "browser_of", lambda wish: Path("chromium"))
    monkeypatch.setattr(made, "export", lambda *_, **__: pytest.fail("something was computed"))
    monkeypatch.setattr(command, "find", lambda *_: tmp_path / "run")
    with pytest.raises(ConfigError, match="it cannot"):
        main(["export", "--format", "html", "--output", str(tmp_path / "new")])
    assert list(tmp_path.iterdir()) == []


def test_what_drives_a_browser_is_asked_for_by_name(monkeypatch):
    monkeypatch.setattr(browser, "DRIVER", "no_such_driver")
    with pytest.raises(UserError, match="pip install"):
        browser_of("chromium")


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (["--format", "html", "--output", "pagina.html"], Path("pagina.html")),
        (["--format", "html", "--output", "pasta"], None),
        (["--format", "html"], None),
        (["--format", "html-folder", "--output", "a.html"], None),
    ],
)
def test_a_file_is_meant_where_its_name_is_that_of_a_page(words, file):
    assert page_asked(parser().parse_args(words)) == file


def test_a_file_of_somebody_else_is_not_written_over(tmp_path):
    check_page(tmp_path / "nova.html")
    mine, ours = tmp_path / "mine.html", tmp_path / "ours.html"
    mine.write_text("<title>Mine</title>")
    ours.write_bytes(page())
    check_page(ours)
    for place in (mine, tmp_path):
        with pytest.raises(ConfigError, match="no page of this command"):
            check_page(place)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--browser", "none"], "--browser goes with --format html / --format html-folder alone"),
        (["--format", "onnx", "--examples", "2"], "--examples goes with"),
        (["--format", "html", "--examples", "-1"], "--examples -1 is no number of texts"),
    ],
)
def test_options_of_pages_are_refused_elsewhere(words, said):
    with pytest.raises(ConfigError, match=said):
        main(["export", *words])


@pytest.mark.parametrize("name", ["html", "html-folder"])
def test_the_page_takes_the_place_of_what_it_is_made_of(monkeypatch, tmp_path, name):
    monkeypatch.setattr(pages, "parts_of", lambda folder: parts())
    monkeypatch.setattr(pages, "told_of", lambda proof, examples: told())
    (tmp_path / "answering").mkdir()
    (tmp_path / "answering" / "model.py").write_text("pass")
    (tmp_path / "model.onnx").write_bytes(b"network")
    one = replace(proof(), form=FORMATS[name])
    with speaking("pt"):
        alone = pages.page_name()
        assert finished(one, tmp_path, Wishes(browser="none")).in_browser is None
    found = {each.name for each in tmp_path.iterdir()}
    beside = {"index.html", "service.js", *(part.file for part in parts())}
    assert found == (beside if name == "html-folder" else {alone})
