"""The runs of words alone that finetune baseline leaves: of each kind of label asked, measured, and gone wrong."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import yaml

from finetune.commands.crossval.options import asked as crossval_asked
from finetune.evaluation.answers import read_answers
from finetune.evaluation.words import tfidf
from finetune.runtime.answering.of_proof import HEAVY
from tests.journeys.conftest import call
from tests.kinds import KINDS
from tests.made_once import made_once

ROWS = 150
OPTIONS = ("--baselines", "[majority,tfidf]", "--data.test_fraction", "0.3")


@pytest.fixture(scope="session")
def folders(tmp_path_factory, tiny_model):
    """A folder for each kind in which there is a run of words."""

    def make(root: Path) -> None:
        for kind, rows in KINDS.items():
            (root / kind).mkdir()
            made = rows(ROWS)
            made.write(root / kind / "dados.csv")
            options = ["--data.path", "dados.csv", *made.options, *OPTIONS]
            assert call(root / kind, tiny_model, "baseline", *options) == 0

    return made_once(tmp_path_factory, "words_runs", make)


@pytest.fixture(params=KINDS)
def of_kind(request, folders, tmp_path, monkeypatch):
    """A copy of one, in which the test is."""
    shutil.copytree(folders / request.param, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return request.param


@pytest.fixture
def single(folders, tmp_path, monkeypatch):
    """A copy of that of one class of several; its run."""
    shutil.copytree(folders / "single_label", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Path("lightning_logs/baseline_0")


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_a_run_answers_a_table_as_it_was_measured(of_kind, finetune):
    run = Path("lightning_logs/baseline_0")
    assert sorted(each.name for each in run.iterdir()) == [
        *("config.yaml", "data_report.json", "finetune.json", "metrics.json", "predictions.csv", "split.csv"),
        *("trained_on.npy", "words.npz"),
    ]
    asked = ["--data.predict_path", "dados.csv", "--output", "saida.csv"]
    assert finetune("predict", "--run", "baseline_0", *asked) == 0
    kept, given = read_answers(run / "predictions.csv"), rows_of(Path("saida.csv"))
    if of_kind == "number":
        mine = np.array([float(given[row]["value"].replace(",", ".")) for row in kept.frame["row"]])
        np.testing.assert_allclose(mine, kept.predicted, rtol=1e-4)
        return
    column = "labels" if of_kind == "multi_label" else "label"
    if of_kind == "multi_label":  # in what the table joins its labels by
        expected = [sorted(kept.task.parts(label)) for label in kept.frame["predicted"]]
        assert [sorted(filter(None, given[row][column].split(";"))) for row in kept.frame["row"]] == expected
    else:
        assert [given[row][column] for row in kept.frame["row"]] == kept.frame["predicted"].tolist()
    sure = [float(given[row]["confidence"].replace(",", ".")) for row in kept.frame["row"]]
    np.testing.assert_allclose(sure, kept.frame["confidence"], atol=1e-4)


def test_rows_to_look_at_come_beside_as_with_a_network(of_kind, finetune, capsys):
    from openpyxl import load_workbook

    asked = ["predict", "--run", "baseline_0", "--data.predict_path", "dados.csv", "--output", "saida.csv"]
    assert finetune(*asked, "--review", "revisar.xlsx") == 0
    header, *rows = load_workbook("revisar.xlsx").active.iter_rows(values_only=True)
    answers = {row["texto"]: row for row in rows_of(Path("saida.csv"))} if "texto" in header else {}
    assert len(rows) == ROWS
    if of_kind == "single_label":
        at = [header.index(name) for name in ("texto", "first answer", "confidence")]
        for text, first, sure in ([row[place] for place in at] for row in rows):
            assert first == answers[text]["label"]
            assert sure == pytest.approx(float(answers[text]["confidence"].replace(",", ".")), abs=1e-4)
    assert "to look at" in capsys.readouterr().out
    assert finetune(*asked, "--overwrite", "--review", "revisar.csv") == 2
    assert finetune("predict", "--run", "baseline_0", "--text", "a", "--review", "outra.xlsx") == 2
    assert not Path("outra.xlsx").exists()
    Path("saida.csv").unlink()
    assert finetune(*asked, "--review", "revisar.xlsx") == 2, "somebody may have filled it in"
    assert not Path("saida.csv").exists(), "nothing is answered before"


def test_its_settings_have_crossval_measure_words_alone(of_kind):
    settings = ["--config", "lightning_logs/baseline_0/config.yaml"]
    options = crossval_asked(settings).options
    assert "--effort=quick" in options
    assert ("--mix=1" in options) == (of_kind != "number")
    wished = [*settings, "--effort", "good"]
    assert crossval_asked(wished).options == wished, "what is typed holds"


@pytest.mark.parametrize("flag", [["--probabilities", "true"], ["--probabilities=true"], ["--probabilities"]])
def test_its_other_answers_stand_beside_where_they_are_asked_for(single, finetune, capsys, flag):
    asked = ["predict", "--run", "baseline_0", "--data.predict_path", "dados.csv", "--output", "saida.csv"]
    assert finetune(*asked, "--top", "2", *flag) == 0
    rows, labels = rows_of(Path("saida.csv")), json.loads((single / "finetune.json").read_text())["labels"]
    shares = [[float(row[f"p:{label}"].replace(",", ".")) for label in labels] for row in rows]
    np.testing.assert_allclose(np.sum(shares, axis=1), 1, atol=1e-3)
    for row, of_each in zip(rows, shares, strict=True):
        assert row["label_2"] != row["label"]
        assert float(row["confidence_2"].replace(",", ".")) == sorted(of_each)[-2]
    assert finetune(*asked, "--overwrite", "true", "--probabilities", "false") == 0
    assert "label_2" not in rows_of(Path("saida.csv"))[0]
    for wrong, said in ((["--top", "0"], "1 or more"), (["--probabilities", "sim"], "It does not know sim")):
        assert finetune(*asked, "--overwrite", "true", *wrong) == 2
        assert said in " ".join(capsys.readouterr().err.split())


def test_it_scores_what_the_simple_model_did(of_kind, finetune, capsys):
    content = json.loads(Path("lightning_logs/baseline_0/metrics.json").read_text(encoding="utf-8"))
    kept = read_answers(Path("lightning_logs/baseline_0/predictions.csv"))
    assert content["baselines"].keys() == {"majority"}
    assert set(kept.baselines) == {"majority"}
    scores = kept.part("test").task.scores(kept.part("test").truth, kept.part("test").predicted)
    for name, value in scores.items():
        if name in content["test"]:
            assert content["test"][name] == pytest.approx(value, abs=1e-6)
    assert content["test"]["intervals"]
    assert finetune("test", "--run", "baseline_0") == 0
    shown = capsys.readouterr().out
    assert f"{content['test'][content['ranked_by']]:.4f}" in shown
    assert f"({content['test']['rows']} rows)" in shown
    assert finetune("validate", "--run", "baseline_0") == 0
    assert f"({content['validation']['rows']} rows)" in capsys.readouterr().out


def test_another_table_is_measured_and_what_was_trained_on_told(single, finetune, capsys):
    shutil.copy("dados.csv", "outra.csv")
    assert finetune("test", "--run", "baseline_0", "--data.test_path", "outra.csv") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "(150 rows)" in said
    assert re.search(r"Of 9\d of 150 rows the texts were trained on", said), said


def test_nothing_heavy_is_loaded_to_answer(single):
    """In a process of its own, as a user starts it."""
    program = (
        "import sys\nfrom finetune.__main__ import main\n"
        "sys.argv = ['finetune', 'predict', '--run', 'baseline_0', '--answer', 'simple', '--text', 'boi gordo no pasto']\n"
        "status = main()\n"
        "print(status, [name for name in sys.argv[0:0] + HEAVY if name in sys.modules])"
    )
    heavy = [*(name for name in HEAVY if name != "finetune"), "lightning", "onnxruntime", "tokenizers"]
    found = subprocess.run(
        [sys.executable, "-c", f"HEAVY = {heavy}\n{program}"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "FINETUNE_LANGUAGE": "en"},
        check=True,
    )
    assert "* Pecuária" in found.stdout
    assert found.stdout.splitlines()[-1] == "0 []"
    assert "run: lightning_logs" in found.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fit", "--run", "baseline_0"], "has no network, which finetune fit needs"),
        (["fit", "--run", "baseline_0", "--resume"], "has no network, which --resume needs"),
        (["adapt", "--run", "baseline_0", "--resume"], "has no network, which --resume needs"),
        (
            ["test", "--run", "baseline_0", "--answer", "network"],
            "has no network, which --answer network needs",
        ),
        (["validate", "--run", "baseline_0", "--ckpt_path", "x.ckpt"], "which --ckpt_path needs"),
        (
            ["predict", "--run", "baseline_0", "--text", "boi", "--review", "a.xlsx"],
            "reads and writes no file: leave --review away",
        ),
        (
            ["predict", "--run", "baseline_0", "--text", "boi", "--answer", "network"],
            "which --answer network needs",
        ),
        (["predict", "--run", "baseline_0"], "which table is to be labelled?"),
        (["predict", "--run", "baseline_1", "--text", "boi"], "Runs in lightning_logs: baseline_0"),
        (["predict", "--run", "0", "--text", "boi"], 'there is no run "0"'),
        (
            ["fit", "--data.path", "dados.csv", "--model.name", "lightning_logs/baseline_0"],
            "no network to begin from",
        ),
        (["export", "--run", "baseline_0", "--format", "onnx"], "has no network"),
        (["export", "--run", "baseline_0", "--answer", "network"], "which --answer network needs"),
        (["export", "--run", "baseline_0", "--push_to_hub", "a/b"], "has no network"),
    ],
    ids=lambda each: " ".join(each[:4]) if isinstance(each, list) else "",
)
def test_what_needs_a_network_is_refused_in_a_sentence(single, finetune, capsys, words, said):
    before = {file: file.read_bytes() for file in single.iterdir()}
    assert finetune(*words) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert {file: file.read_bytes() for file in single.iterdir()} == before


def damage(run, name, how):
    file = run / name
    if how == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif how == "gone":
        file.unlink()
    elif how == "newer":
        content = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**content, "format": 7}), encoding="utf-8")
    elif how == "other labels":
        content = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**content, "labels": ["a", "b"]}), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "how", "said"),
    [
        ("words.npz", "cut", "words.npz is missing, damaged, or another than the run's own"),
        ("words.npz", "gone", "words.npz is missing, damaged, or another than the run's own"),
        ("finetune.json", "cut", "finetune.json is missing, damaged"),
        ("finetune.json", "gone", "finetune.json is missing, damaged"),
        ("finetune.json", "newer", "is of a newer version of finetune (format 7; this one reads 1)"),
        (
            "finetune.json",
            "other labels",
            "does not go with the 2 labels|does not say how the words beside it",
        ),
    ],
)
def test_a_damaged_run_is_told_and_loses_nothing(single, finetune, capsys, name, how, said):
    damage(single, name, how)
    Path("saida.csv").write_text("meu\n", encoding="utf-8")
    asked = ["--data.predict_path", "dados.csv", "--output", "saida.csv", "--overwrite"]
    for words in (["predict", "--run", "baseline_0", *asked], ["test", "--run", "baseline_0"]):
        assert finetune(*words) == 2
        told = " ".join(capsys.readouterr().err.split())
        assert any(each in told for each in said.split("|")), told
        assert "Traceback" not in told
    assert Path("saida.csv").read_text(encoding="utf-8") == "meu\n"


def test_its_own_table_changed_is_refused(single, finetune, capsys):
    with Path("dados.csv").open("a", encoding="utf-8") as file:
        file.write("uma linha nova;Clima\n")
    assert finetune("test", "--run", "baseline_0") == 2
    assert "the table or its division has changed since the run" in " ".join(capsys.readouterr().err.split())


def test_it_is_listed_and_deleted_by_its_name(single, finetune, capsys):
    assert finetune("runs") == 0
    assert "baseline_0" in capsys.readouterr().out
    assert finetune("runs", "delete", "0", "--yes") == 2
    assert finetune("runs", "delete", "baseline_0", "--yes") == 0
    assert not single.exists()


def test_one_that_is_killed_leaves_no_half_run(single, finetune, monkeypatch):
    """Nothing has the name of a run before all is written; what is left the next one removes."""
    from finetune.commands.baseline import keep

    child = os.fork()
    if not child:
        monkeypatch.setattr(keep, "write_answers", lambda *given: os._exit(9))
        finetune("baseline", "--data.path", "dados.csv", *OPTIONS)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    left = [run.name for run in single.parent.iterdir()]
    assert len(left) == 2
    assert {name for name in left if not name.startswith(".")} == {"baseline_0"}
    assert finetune("baseline", "--data.path", "dados.csv", *OPTIONS) == 0
    assert sorted(run.name for run in single.parent.iterdir()) == ["baseline_0", "baseline_1"]


def test_a_wish_for_right_answers_has_it_abstain(single, finetune, capsys):
    asked = ["--wanted_precision", "0.95", "--data.validation_fraction", "0.3"]
    assert finetune("baseline", "--data.path", "dados.csv", *OPTIONS, *asked) == 0
    content = json.loads((single.parent / "baseline_1/finetune.json").read_text(encoding="utf-8"))
    assert content["calibration"]["wanted_precision"] == 0.95
    assert content["calibration"]["abstain_below"] is not None


def test_what_learned_nothing_is_not_kept(finetune, tmp_path, capsys):
    rows = "".join(f"texto número {number};a\n" for number in range(40))
    Path("um.csv").write_text(f"texto;rotulo\n{rows}", encoding="utf-8")
    status = finetune("baseline", "--data.path", "um.csv", "--baselines", "[tfidf]")
    assert status in (0, 2)
    assert not Path("lightning_logs").exists()


def test_the_words_kept_are_those_of_the_training_rows(single):
    """The same arrays as when the same rows are learned again."""
    from finetune.evaluation.words_file import open_learned

    rows = rows_of(Path("dados.csv"))
    with (single / "split.csv").open(encoding="utf-8", newline="") as file:
        split = {int(row["row"]): row["split"] for row in csv.DictReader(file)}
    train = [row for number, row in enumerate(rows) if split[number] == "train"]
    labels = sorted({row["rotulo"] for row in rows})
    again = tfidf(
        [row["texto"] for row in train], np.array([labels.index(row["rotulo"]) for row in train]), 3, 42
    )
    texts = [row["texto"] for row in rows]
    kept = open_learned(single / "words.npz").predict_proba(texts)
    np.testing.assert_allclose(kept, again.predict_proba(texts), atol=1e-3)


def test_an_export_answers_with_numpy_alone_as_the_run_does(of_kind, finetune, capsys):
    assert finetune("export", "--run", "baseline_0", "--output", "modelo") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(
        r"All \d+ held-out rows were answered by a process of its own that has numpy alone", said
    )
    assert Path("modelo/requirements.txt").read_text(encoding="utf-8") == "numpy>=2.0\n"
    assert not Path("modelo/model.onnx").exists()
    asked = ["--data.predict_path", "dados.csv", "--output"]
    assert finetune("predict", "--run", "modelo", *asked, "um.csv") == 0
    assert finetune("predict", "--run", "baseline_0", *asked, "outro.csv") == 0
    assert Path("um.csv").read_bytes() == Path("outro.csv").read_bytes()
    if of_kind == "single_label":
        assert finetune("export", "--run", "baseline_0", "--output", "modelo") == 0  # ours may be replaced
        words = Path("modelo/words.npz")
        words.write_bytes(words.read_bytes()[:-9])
        assert finetune("predict", "--run", "modelo", *asked, "um.csv", "--overwrite") == 2


def test_an_export_that_answers_otherwise_leaves_nothing(single, finetune, capsys):
    file = single / "predictions.csv"
    text = file.read_bytes().decode("utf-8-sig")
    file.write_bytes(re.sub(r"0\.\d{9}", "0.5", text).encode("utf-8-sig"))
    assert finetune("export", "--run", "baseline_0", "--output", "modelo") == 2
    assert "the export answers otherwise than the run" in " ".join(capsys.readouterr().err.split())
    assert not Path("modelo").exists()


def test_a_run_of_a_network_is_not_exported_as_words(single, finetune, capsys):
    shutil.copytree(single, "lightning_logs/version_0")
    (Path("lightning_logs/version_0") / "finetune.json").unlink()
    assert finetune("export", "--run", "0", "--format", "words") == 2
    assert "--format words is of a run of finetune baseline" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("language", ["en", "pt"])
def test_its_page_tells_nothing_of_a_network(of_kind, finetune, language):
    assert finetune("report", "baseline_0", "--language", language, "--output", "r.html") == 0
    page = Path("r.html").read_text(encoding="utf-8")
    learned = (
        {"en": "linear", "pt": "linear"} if of_kind == "number" else {"en": "logistic", "pt": "logística"}
    )
    assert f"TF-IDF + {learned['en']} regression" in page or f"TF-IDF + regressão {learned['pt']}" in page
    for absent in (
        *('id="training"', 'id="machine"', "best.ckpt", "events.out.tfevents", "hardware.json"),
        *("learning_rate", "Learning rate", "times through the table"),
    ):
        assert absent not in page
    assert "lightning_logs/baseline_0" in page
    assert "finetune fit" in page
    assert not Path("lightning_logs/baseline_0/README.md").exists()  # there is no model to have a card


@pytest.mark.parametrize("frozen", [False, True])
def test_its_page_repeats_a_quick_look_as_one(single, finetune, frozen):
    """Which option left the network alone is of one call, and not in its configuration."""
    config, metrics = single / "config.yaml", single / "metrics.json"
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    config.write_text(yaml.safe_dump({**content, "baselines": None}), encoding="utf-8")
    if frozen:
        measured = json.loads(metrics.read_text(encoding="utf-8"))
        measured["baselines"]["frozen"] = measured["baselines"]["majority"]
        metrics.write_text(json.dumps(measured), encoding="utf-8")
    assert finetune("report", "baseline_0", "--language", "en") == 0
    text = (single / "report.html").read_text(encoding="utf-8")
    page = re.sub("<[^>]*>", "", text)
    assert "finetune baseline --config lightning_logs/baseline_0/config.yaml" in page
    assert ("config.yaml --quick true" in page) is not frozen


def test_its_page_names_a_better_simple_model_and_how_it_is_kept(single, finetune):
    file = single / "metrics.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    for part in ("validation", "test"):
        against = content["against_baselines"][part]["majority"]
        against["f1_macro_difference"] = {"difference": -0.3, "low": -0.4, "high": -0.2}
        against["mcnemar"] = {"only_first_right": 1, "only_second_right": 40, "p_value": 1e-9}
        content["against_baselines"][part] = {"frozen": against}
    content["baselines"]["frozen"] = content["baselines"]["majority"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert finetune("report", "baseline_0", "--language", "en") == 0
    text = (single / "report.html").read_text(encoding="utf-8")
    page = " ".join(unescape(re.sub("<[^>]*>", "", text)).split())
    assert 'model as it is, is better: a fit of the effort "quick" trains and keeps that one' in page
    assert "WORSE" not in page


def test_two_of_them_stand_side_by_side(single, finetune, capsys):
    shutil.copytree(single, "lightning_logs/baseline_1")
    assert finetune("report", "baseline_0", "baseline_1", "--language", "en") == 0
    assert "baseline_1" in capsys.readouterr().out
    assert Path("comparison.html").is_file()


def test_where_it_cannot_be_kept_the_scores_stand_and_nothing_is_left(single, finetune, capsys):
    Path("fora").mkdir()
    Path("fora/lightning_logs").write_text("meu", encoding="utf-8")
    where = ["--trainer.default_root_dir", "fora"]
    assert finetune("baseline", "--data.path", "dados.csv", *OPTIONS, *where) == 2
    seen = capsys.readouterr()
    assert "TF-IDF + logistic regression" in seen.out
    assert "what counts words could not be kept in fora" in " ".join(seen.err.split())
    assert [file.name for file in Path("fora").iterdir()] == ["lightning_logs"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--wanted_precision", "1.5"], "--wanted_precision 1.5: give the share"),
        (
            ["--task", "number", "--data.label_column", "preco", "--wanted_precision", "0.9"],
            "no share of right",
        ),
    ],
)
def test_a_wish_that_cannot_be_granted_is_told_before_anything_is_learned(
    folders, tmp_path, finetune, capsys, more, said
):
    shutil.copy(folders / ("number" if "number" in more else "single_label") / "dados.csv", "dados.csv")
    assert finetune("baseline", "--data.path", "dados.csv", *OPTIONS, *more) == 2
    seen = capsys.readouterr()
    assert said in " ".join(seen.err.split())
    assert not seen.out
    assert not Path("lightning_logs").exists()
