"""The folder asked as its user asks it: a process that sees nothing of this project, and every way to go wrong."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from finetune.evaluation.answering import Answering
from finetune.evaluation.mix import Mix
from finetune.evaluation.words import tfidf
from finetune.evaluation.words_file import save_words
from finetune.runs.export_sums import sums_of
from finetune.runtime.answering.command import main
from finetune.runtime.answering.model import Model, described
from finetune.runtime.answering.said import VARIABLE
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS
from tests.journeys.conftest import sentences
from tests.onnx_folder import logits_of, make_folder

LABELS = ["Clima", "Pecuária", "Preços"]
ANSWERING = Answering(
    Calibration(0.5, 0.9),
    Mix(0.4, 1.2, 0.8),
    tfidf([text for text, _ in sentences(60)], np.arange(60) % 3, 3, 0),
    LABELS,
)


@pytest.fixture(scope="module")
def exported(tokenizer, tmp_path_factory):
    made = tmp_path_factory.mktemp("export")
    save_words(made / "words.npz", ANSWERING.words)
    return make_folder(
        made / "folder",
        tokenizer,
        task=TASKS["single_label"](),
        labels=LABELS,
        answering=ANSWERING,
        words=made / "words.npz",
        text_column="texto",
    )


@pytest.fixture
def folder(exported, tmp_path, monkeypatch):
    """A copy of the folder, beside where the command is called."""
    shutil.copytree(exported, tmp_path / "modelo")
    (tmp_path / "novos.csv").write_text("texto;id\no boi gordo;1\n;2\na chuva;3\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "modelo"


def apart(folder, *arguments):
    """Runs the folder's program in a process of its own, without this project and without the user's packages."""
    return subprocess.run(
        [sys.executable, "-I", "-B", str(folder / "predict.py"), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", VARIABLE: "en"},
        check=False,
    )


def test_a_table_is_answered_in_a_process_that_loads_nothing_heavy(folder, tokenizer, tmp_path):
    done = apart(folder, "novos.csv", "saida.csv")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines()[0] == "saida.csv: 2 rows answered."
    assert "1 row has no text, and no answer." in done.stdout
    written = (tmp_path / "saida.csv").read_text(encoding="utf-8").splitlines()
    assert written[0] == "texto;id;label;confidence;abstained"
    assert written[2] == ";2;;;"
    assert not list(folder.rglob("__pycache__"))


def test_the_proof_gets_bare_numbers(folder, tokenizer, tmp_path):
    texts = [text for text, _ in sentences(250, seed=5)]
    (tmp_path / "rows.jsonl").write_text(
        "".join(f"{json.dumps({'text': text})}\n" for text in texts), encoding="utf-8"
    )
    network = logits_of([texts], tokenizer, 3, tmp_path)
    said = ANSWERING.said(texts)
    answers = TASKS["single_label"]().probabilities(ANSWERING.logits(network, said), ANSWERING.calibration)
    for option, expected in (("--logits", network), ("--answers", answers)):
        done = apart(folder, option, "rows.jsonl", "found.npy")
        assert json.loads(done.stdout) == {"rows": 250, "loaded": []}
        np.testing.assert_allclose(np.load(tmp_path / "found.npy"), expected, atol=1e-5)


def test_a_text_is_answered_with_bars(folder, capsys):
    assert main(folder, ["--text", "o boi gordo no pasto"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("* ") for line in lines) == 1
    assert {line[2:].split()[0] for line in lines[:3]} == set(LABELS)
    assert lines[0].startswith("* ")
    assert lines[0].endswith("%")


def test_without_anything_it_tells_how_it_is_used(folder, capsys):
    assert main(folder, []) == 0
    english = capsys.readouterr().out
    assert "python predict.py TABLE OUTPUT" in english
    assert main(folder, ["--help", "--language", "pt"]) == 0
    assert "python predict.py PLANILHA SAÍDA" in capsys.readouterr().out


def refused(folder, capsys, *arguments):
    before = sorted(path.name for path in folder.parent.iterdir())
    assert main(folder, [str(each) for each in arguments]) == 2
    assert sorted(path.name for path in folder.parent.iterdir()) == before
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("predict.py: error: ")
    return told.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nada.csv", "x.csv"], "nada.csv: there is no such file"),
        (["novos.csv", "x.pdf"], 'files that end in ".pdf" are not known; there are .csv, .tsv'),
        (["novos.csv", "nowhere/x.csv"], "there is no folder"),
        (["novos.csv", "modelo.csv", "y.csv"], "give a table and the file to write"),
        (["novos.csv", "--textt", "a"], "--textt a: not known"),
        (["--text"], "--text: its value is missing or wrong"),
        (["--threads", "0", "novos.csv"], "--threads: its value is missing or wrong"),
        (["novos.csv", "--text", "a"], "give either a table or --text, not both"),
        (["--text", " \u200b"], "there is nothing in the text"),
        (["--text", "a", "--text_pair", "b"], "the model reads one text: leave --text_pair out"),
        (["novos.csv", "novos.csv"], "is the table to answer itself"),
        (["novos.csv", "novos.csv", "--overwrite"], "is the table to answer itself"),
        (
            ["novos.csv", "x.csv", "--text_column", "corpo"],
            'there is no column "corpo"; the columns are "texto", "id"',
        ),
    ],
)
def test_what_cannot_be_done_is_told(folder, capsys, arguments, told):
    assert told in refused(folder, capsys, *arguments)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b" \n \n", "the file holds only blanks"),
        ("a.csv", b"texto;id\n", 'only a header ("texto", "id"), no rows'),
        ("a.csv", b"texto;texto\na;b\n", 'the columns "texto" stand more than once'),
        ("a.csv", b"a;b\n1;2\n", 'there is no column "texto"'),
        ("a.csv", b"texto;id\na;1\nb;2;3\n", "line 3 has 3 cells, the header has 2"),
        ("a.csv", b'texto;id\n"a;1\nx;2;3\n', "a quote opened in line 2 is not closed"),
        ("a.csv", b"texto\na\0b\n", "a NUL byte in line 2"),
        ("a.csv", "texto\nção ação não\n".encode() + b"\xe3\n", "most of it is UTF-8, but line 3 is not"),
        ("a.csv", b"\xff\xfet\0e", "begins as utf-16, but line 1 is not"),
        ("a.csv", b"\xef\xbb\xbftexto\n\xe3\n", "begins as utf-8, but line 2 is not"),
        ("a.csv", b"PK\x03\x04xx", "this is a workbook or a zip file"),
        ("a.csv", b"texto\n\xe9 o boi\n\0\n", "a NUL byte in line 3"),
        ("a.csv", b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "this is no table (a PDF, a picture"),
        ("a.txt", b"\x89PNG\r\n\x1a\n", "this is no table (a PDF, a picture"),
        ("a.jsonl", b'{"texto": 1}\n{"texto"\n', "line 2 is not JSON"),
        ("a.jsonl", b'{"texto": 1}\n[1]\n', "line 2 is no object"),
        ("a.jsonl", b'{"texto": [1]}\n', "line 1: a list or an object where a text should stand"),
        ("a.jsonl", b'{"texto": Infinity}\n', "line 1 is not JSON"),
        ("a.xlsx", b"nada", "not an Excel .xlsx file"),
    ],
)
def test_a_table_that_is_none_is_told(folder, capsys, name, content, told):
    (folder.parent / name).write_bytes(content)
    assert told in refused(folder, capsys, name, "saida.csv")


def test_whoever_calls_it_by_another_name_is_told_the_names_that_he_typed(folder, capsys):
    (folder.parent / "a.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    names = {"--text_column": "--data.text_column"}
    assert main(folder, ["a.csv"], program="finetune predict", options=names) == 2
    told = capsys.readouterr().err
    assert told.startswith("finetune predict: error: a.csv: ")
    assert " --data.text_column NAME" in told
    assert " --text_column" not in told


def test_what_may_be_otherwise_than_the_user_thinks_is_said(folder, capsys):
    source = folder.parent / "velho.csv"
    source.write_bytes('Relatório de maio\ntexto;id\no boi 5" não;1\n"x" y;2\n'.encode("cp1252"))
    assert main(folder, ["velho.csv", "saida.csv"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        "velho.csv: not UTF-8, read as cp1252",
        "velho.csv: 1 line above the header is left out",
        "velho.csv: quotes are taken as ordinary characters: no cell is quoted",
    ]


def test_a_file_of_something_else_is_not_replaced_unless_asked(folder, capsys):
    other = folder.parent / "saida.csv"
    other.write_text("meu;trabalho\n1;2\n", encoding="utf-8")
    assert "holds something else" in refused(folder, capsys, "novos.csv", "saida.csv")
    assert main(folder, ["novos.csv", "saida.csv", "--overwrite"]) == 0
    assert main(folder, ["novos.csv", "saida.csv"]) == 0  # ours may be
    assert other.read_text(encoding="utf-8").startswith("texto;id;label")


def test_without_a_name_the_answers_lie_where_one_is(folder):
    assert main(folder, ["novos.csv"]) == 0
    assert (folder.parent / "novos_predicted.csv").is_file()


@pytest.mark.parametrize("name", ["finetune.json", "words.npz", "model.onnx", "tokenizer.json"])
def test_a_file_that_is_missing_is_named(folder, capsys, name):
    (folder / name).unlink()
    assert name in refused(folder, capsys, "--text", "boi")


def test_a_file_that_is_not_what_was_proved_is_named_where_that_is_asked(folder, capsys):
    assert "proof.json is missing, damaged or of an older" in refused(folder, capsys, "--check")
    sums = sums_of(folder, (each for each in folder.rglob("*") if each.is_file()))
    (folder / "proof.json").write_text('{"sha256": {}}')
    assert "proof.json is missing, damaged or of an older" in refused(folder, capsys, "--check")
    (folder / "proof.json").write_text(json.dumps({"sha256": sums}), encoding="utf-8")
    assert main(folder, ["--check"]) == 0
    assert capsys.readouterr().out == f"All {len(sums)} files are as they were proved.\n"
    assert main(folder, ["novos.csv", "saida.csv", "--check"]) == 0
    assert "2 rows answered" in capsys.readouterr().out
    network = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(network[:-1] + bytes([network[-1] ^ 1]))
    assert '"model.onnx": missing, or changed' in refused(folder, capsys, "novos.csv", "x.csv", "--check")


def test_a_folder_of_a_newer_program_and_of_another_task_is_told(folder, capsys):
    content = json.loads((folder / "finetune.json").read_text(encoding="utf-8"))
    (folder / "finetune.json").write_text(json.dumps({**content, "format": 2}), encoding="utf-8")
    assert "finetune.json is of a newer version (format 2; this one reads 1)" in refused(
        folder, capsys, "--text", "boi"
    )
    (folder / "finetune.json").write_text(json.dumps({**content, "task": "minha:x"}), encoding="utf-8")
    assert '"minha:x" is no task that this folder can answer' in refused(folder, capsys, "--text", "boi")


@pytest.mark.parametrize("name", ["labels", "calibration", "columns", "mix"])
def test_a_description_that_holds_another_kind_is_told(folder, capsys, name):
    content = json.loads((folder / "finetune.json").read_text(encoding="utf-8"))
    (folder / "finetune.json").write_text(json.dumps({**content, name: "x"}), encoding="utf-8")
    assert "finetune.json is missing or damaged" in refused(folder, capsys, "--text", "boi")


def test_several_labels_are_joined_as_in_the_training_table(tokenizer, tmp_path):
    task = TASKS["multi_label"]()
    folder = make_folder(tmp_path / "several", tokenizer, task=task, labels=["a", "b"], mark=";")
    model = Model(folder, described(folder))
    assert model.columns(np.array([[0.9, 0.8]]))["labels"] == ["a;b"]


def test_a_disk_that_fills_up_leaves_nothing(folder, capsys, monkeypatch):
    from finetune.runtime.answering import writing

    def full(path, out, rows):
        path.write_text("texto", encoding="utf-8")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setitem(writing.WRITERS, "text", full)
    assert "No space left on device" in refused(folder, capsys, "novos.csv", "saida.csv")


def test_a_package_that_is_missing_is_told_with_how_to_get_it(folder, capsys, monkeypatch):
    for name, command in (("onnxruntime", "requirements.txt"), ("openpyxl", "pip install openpyxl")):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            assert command in refused(folder, capsys, "novos.csv", "saida.xlsx")


def test_what_is_interrupted_leaves_nothing(folder, capsys, monkeypatch):
    from finetune.runtime.answering.model import Model

    def interrupted(self, texts):
        raise KeyboardInterrupt

    monkeypatch.setattr(Model, "probabilities", interrupted)
    assert main(folder, ["novos.csv", "saida.csv"]) == 130
    assert sorted(path.name for path in folder.parent.iterdir()) == ["modelo", "novos.csv"]


def test_words_that_have_all_of_the_answer_need_no_network(folder, capsys):
    """As a run of words alone has it: neither network nor tokenizer lie there."""
    content = json.loads((folder / "finetune.json").read_text(encoding="utf-8"))
    alone = {"mix": {"weight": 1.0, "network": 1.0, "words": 1.0}, "max_length": None, "pad_token_id": None}
    (folder / "finetune.json").write_text(json.dumps({**content, **alone}), encoding="utf-8")
    for name in ("model.onnx", "tokenizer.json"):
        (folder / name).unlink()
    texts = [text for text, _ in sentences(40, seed=5)]
    found = Model(folder, described(folder)).probabilities([(text,) for text in texts])
    said = ANSWERING.words.predict_proba(texts) ** (1 / ANSWERING.calibration.temperature)
    np.testing.assert_allclose(found, said / said.sum(axis=1, keepdims=True), atol=1e-5)
    assert main(folder, ["novos.csv", "saida.csv"]) == 0
    assert "2 rows answered" in capsys.readouterr().out


def test_the_network_is_asked_for_its_own_logits_though_words_have_all_of_the_answer(folder):
    """The proof of an export asks for them."""
    texts = [("o boi",), ("a chuva",)]
    content = described(folder)
    alone = {**content, "mix": {**content["mix"], "weight": 1.0}}
    logits = Model(folder, alone).logits(texts)
    assert logits.any()
    np.testing.assert_array_equal(logits, Model(folder, content).logits(texts))
