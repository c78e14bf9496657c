"""finetune export, as a person meets it: the folder, its proof, what is refused, and what is left then."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from transformers import AutoConfig, AutoTokenizer, pipeline

from finetune.commands.export import hugging_face, plain_transformers
from finetune.commands.export.browser import AUTO, browser_of
from finetune.commands.export.limits import CLOSE
from tests.journeys.conftest import call
from tests.made_once import made_once

RUN = Path("lightning_logs/version_0")


@pytest.fixture
def in_this_process(monkeypatch):
    """An export is asked here: to start a process that loads torch takes its time, and one test does."""
    monkeypatch.setattr(
        hugging_face, "ask_apart", lambda words, rows: plain_transformers.answered(words[1], rows)
    )


@pytest.fixture(scope="module")
def exported(finished_alone, tmp_path_factory):
    """A folder with a run and its export, which a process of its own has opened; and what was said."""

    def make(folder):
        shutil.copytree(finished_alone, folder, dirs_exist_ok=True)
        assert call(folder, folder, "export", "--run", "latest") == 0

    return made_once(tmp_path_factory, "exported", make)


@pytest.fixture
def there(exported, tmp_path, monkeypatch):
    """The export of that run, in the test's own folder."""
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return RUN / "export" / "hf"


def proof(folder):
    return json.loads((folder / "proof.json").read_text(encoding="utf-8"))


def others(folder):
    """What is in the folders above an export besides: what was tried must be gone."""
    return sorted(each.name for each in folder.parent.iterdir() if each != folder)


def test_the_folder_is_what_plain_transformers_opens_and_answers_as_predict_does(there, finetune):
    predict = ("predict", "--run", "latest", "--answer", "network", "--hardware_tier.precision", "32-true")
    assert finetune(*predict, "--data.predict_path", "dados.csv", "--output", "s.csv") == 0
    written = pd.read_csv("s.csv", sep=";", decimal=",", nrows=10, encoding="cp1252")
    classifier = pipeline("text-classification", str(there), device="cpu")
    for _, row in written.iterrows():
        (said,) = classifier([row["texto"]], truncation=True)
        assert (said["label"], said["score"]) == (row["label"], pytest.approx(row["confidence"], abs=1e-4))
    assert AutoTokenizer.from_pretrained(there).model_max_length == 64
    assert others(there) == []


def test_finetune_predict_opens_it_and_writes_the_same_file(there, finetune):
    for run, file in ((there, "s.csv"), ("latest", "t.csv")):
        options = ("--data.predict_path", "dados.csv", "--output", file, "--answer", "network")
        assert finetune("predict", "--run", run, *options) == 0
    assert Path("s.csv").read_bytes() == Path("t.csv").read_bytes()


def test_it_is_measured_on_other_tables_and_not_trained_on(there, finetune, capsys):
    assert finetune("test", "--run", there, "--data.test_path", "dados.csv") == 0
    assert "macro-F1" in capsys.readouterr().out
    assert finetune("fit", "--run", there) == 2
    assert "is an export, which labels tables" in capsys.readouterr().err


def test_a_file_that_was_changed_since_is_named_and_answers_nothing(there, finetune, capsys):
    assert {"model.safetensors", "tokenizer.json", "finetune.json", "config.json"} <= set(
        proof(there)["sha256"]
    )
    config = (there / "config.json").read_text(encoding="utf-8")
    (there / "config.json").write_text(config.replace("gelu", "relu"), encoding="utf-8")
    for command in ("predict", "test"):
        assert finetune(command, "--run", there, f"--data.{command}_path", "dados.csv") == 2
        assert "config.json is missing or was changed after the export was proved" in capsys.readouterr().err


def test_the_proof_is_of_every_row_that_was_held_out(there):
    frame = pd.read_csv(RUN / "predictions.csv", encoding="utf-8-sig")
    found = proof(there)
    assert found["all"]["rows"] == found["all"]["equal_answers"] == len(frame)
    for part in ("validation", "test"):
        assert found[part]["rows"] == (frame["split"] == part).sum()
        metrics = json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))[part]
        for name, kept in (("score", "f1_macro"), ("error", "ece")):
            assert found[part]["run"][name] == pytest.approx(metrics[kept], abs=0.05)  # by bfloat16
            assert found[part]["export"][name] == pytest.approx(found[part]["run"][name], abs=1e-6)
    assert 0 < found["all"]["largest_difference"] < 1e-4
    lengths = [each["tokens"] for each in found["lengths"].values()]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[1] < lengths[2]
    assert (found["passed"], found["accepted"], found["enough_rows"]) == (True, False, False)


def test_the_readme_shows_it_and_no_text(there):
    text = (there / "README.md").read_text(encoding="utf-8")
    assert "## Proof" in text
    assert "| macro-F1, test |" in text
    assert "That is fewer than 200, and all there are" in text
    texts = pd.read_csv(RUN / "predictions.csv", encoding="utf-8-sig")["text"]
    written = "".join(
        file.read_text(encoding="utf-8") for file in there.iterdir() if file.suffix in (".md", ".json")
    )
    assert not [each for each in texts if each in written]


def test_an_export_that_is_whole_is_replaced_and_what_the_user_put_there_is_not(
    there, finetune, in_this_process, capsys
):
    before = (there / "model.safetensors").stat().st_ino
    assert finetune("export") == 0
    assert (there / "model.safetensors").stat().st_ino != before
    (there / "saida.csv").write_text("mine")
    assert finetune("export") == 2
    assert "what this command did not write, or not as it is: saida.csv" in capsys.readouterr().err
    assert finetune("export", "--output", RUN) == 2
    assert "is not empty and holds no export" in capsys.readouterr().err
    assert (RUN / "config.yaml").is_file()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_the_digits_take_half_the_space_and_say_how_far_they_are_off(
    there, finetune, in_this_process, dtype
):
    status = finetune("export", "--dtype", dtype, "--accept", "--output", "meia")
    assert status == 0
    whole = (there / "model.safetensors").stat().st_size
    assert Path("meia/model.safetensors").stat().st_size < 0.6 * whole
    assert AutoConfig.from_pretrained("meia").dtype == getattr(torch, dtype)
    assert 1e-4 < proof(Path("meia"))["all"]["largest_difference"] < 1


@pytest.fixture
def spoiled(monkeypatch):
    """Has the network be written with another last layer, as a fault in the writing might."""

    def write(source, folder, variant, scratch):
        own(source, folder, variant, scratch)
        network = hugging_face.AutoModelForSequenceClassification.from_pretrained(folder)
        with torch.no_grad():
            network.classifier.weight.mul_(-1)
        network.save_pretrained(folder)

    own = hugging_face.write
    from finetune.commands.export.formats import FORMATS

    monkeypatch.setitem(FORMATS, "hf", FORMATS["hf"].__class__(**{**vars(FORMATS["hf"]), "write": write}))


def test_an_export_that_answers_otherwise_is_refused_and_leaves_nothing(
    there, finetune, in_this_process, spoiled, capsys
):
    before = (there / "proof.json").read_bytes()
    assert finetune("export") == 2
    told = capsys.readouterr().err
    assert "answers otherwise than the run" in told
    assert "have the same answer (at least 100%)" in told
    assert "a logit differs by" in told
    assert (there / "proof.json").read_bytes() == before
    assert finetune("export", "--output", "novo/pasta") == 2
    assert not Path("novo").exists()
    assert finetune("export", "--output", "novo/pasta", "--accept") == 0
    assert "It misses what an export has to reach" in capsys.readouterr().out
    assert (proof(Path("novo/pasta"))["passed"], proof(Path("novo/pasta"))["accepted"]) == (False, True)
    assert "It misses what an export has to reach" in Path("novo/pasta/README.md").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_opened_is_refused_with_what_was_said(alone, finetune, monkeypatch, capsys):
    monkeypatch.setattr(hugging_face, "write_model", lambda *_, **__: None)
    assert finetune("export") == 2
    told = capsys.readouterr().err
    assert "a process of its own could not open it" in told
    assert "Traceback" not in told
    assert not (alone / "export").exists()


def test_a_disk_that_fills_leaves_nothing(alone, finetune, small_disk, in_this_process, capsys):
    place = small_disk(100)
    assert finetune("export", "--output", place / "export") == 2
    assert "cannot be written" in capsys.readouterr().err
    assert list(place.iterdir()) == []


def unfinished(run):
    content = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    (run / "metrics.json").write_text(json.dumps({**content, "unfinished": True}))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (unfinished, "--resume"),
        (lambda run: shutil.rmtree(run / "model"), "has no model/ any more"),
        (lambda run: (run / "predictions.csv").unlink(), "no rows were held out"),
        (lambda run: (run / "predictions.csv").write_text("source,line\n1,2"), "has no column"),
    ],
)
def test_a_run_that_cannot_be_exported_says_why(alone, finetune, capsys, spoil, said):
    spoil(alone)
    assert finetune("export") == 2
    assert said in capsys.readouterr().err
    assert not (alone / "export").exists()


def test_another_models_folder_in_the_run_is_noticed(alone, finetune, capsys):
    file = alone / "model" / "config.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["id2label"] = {"0": "a", "1": "b", "2": "c"}
    file.write_text(json.dumps(content))
    assert finetune("export") == 2
    assert "it is not the run's own" in capsys.readouterr().err


def test_words_that_stay_behind_are_told_with_what_they_bring(trained, finetune, in_this_process, capsys):
    assert finetune("export") == 0
    out = capsys.readouterr().out
    assert "This is the network alone; the run itself answers with words, too" in out
    assert f"finetune predict --run {Path('lightning_logs/version_0/export/hf')} --data.predict_path" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "gguf"), "gguf"),
        (("--public",), "--public goes with --push_to_hub"),
        (("3", "--run", "4"), "two runs are given"),
        (("--push_to_hub", "a/b/c"), "cannot be the name of a repository"),
        (("--run", "7"), 'there is no run "7"'),
    ],
)
def test_wrong_options_are_told_before_anything_is_computed(alone, finetune, capsys, options, said):
    assert finetune("export", *options) == 2
    assert said in capsys.readouterr().err


# ---- without torch ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported_by_itself(finished, tmp_path_factory):
    """A folder with a run whose words have a say, and its exports that answer by themselves."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package)

    def make(folder):
        shutil.copytree(finished, folder, dirs_exist_ok=True)
        assert call(folder, folder, "export", "--format", "onnx") == 0

    return made_once(tmp_path_factory, "exported_by_itself", make)


@pytest.fixture
def by_itself(exported_by_itself, tmp_path, monkeypatch):
    """The export `onnx` of that run, in the test's own folder."""
    shutil.copytree(exported_by_itself, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return RUN / "export" / "onnx"


def test_a_folder_without_torch_answers_as_the_run_does_with_its_words(by_itself, finetune):
    found = proof(by_itself)
    assert (found["format"], found["words"], found["passed"]) == ("onnx", True, True)
    assert found["all"]["equal_answers"] == found["all"]["rows"]
    assert 0 < found["all"]["largest_difference"] < 1e-4
    for part in ("validation", "test"):
        kept = json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))[part]
        assert found[part]["export"]["score"] == pytest.approx(kept["f1_macro"], abs=0.05)
    for run, file in ((by_itself, "s.csv"), ("latest", "t.csv")):
        options = ("--data.predict_path", "dados.csv", "--output", file)
        assert finetune("predict", "--run", run, *options) == 0
    ours, theirs = (pd.read_csv(file, sep=";", decimal=",", encoding="cp1252") for file in ("t.csv", "s.csv"))
    assert list(ours) == list(theirs)
    assert (ours["label"] == theirs["label"]).mean() > 0.97  # the run itself computes by bfloat16 here
    assert others(by_itself) == []


def test_its_readme_says_how_it_answers_and_what_all_together_reach(by_itself):
    text = (by_itself / "README.md").read_text(encoding="utf-8")
    assert "library_name: onnx" in text
    assert "python predict.py novos.csv saida.csv" in text
    assert "pipeline(" not in text
    assert "together they reach" not in text


def test_predict_takes_of_it_what_its_program_knows(by_itself, finetune, capsys):
    assert (
        finetune("predict", "--run", by_itself, "--data.predict_path", "dados.csv", "--answer", "network")
        == 2
    )
    assert "takes these options alone" in capsys.readouterr().err
    assert finetune("predict", "--run", by_itself) == 2
    assert "which table is to be labelled?" in capsys.readouterr().err
    assert finetune("predict", "--run", by_itself, "--data.predict_path", "nada.csv") == 2


def test_predict_by_it_loads_nothing_of_torch(by_itself):
    code = (
        "import sys; from finetune.__main__ import run; "
        f"status = run(['predict', '--run', {str(by_itself)!r}, '--text', 'chuva hoje']); "
        "print(status, sorted({'torch', 'lightning', 'transformers', 'pandas'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines()[-1:] == ["0 []"], ended.stderr


def test_few_rows_cannot_prove_eight_bits_which_is_told_before_anything_is_computed(
    by_itself, finetune, capsys
):
    assert finetune("export", "--format", "onnx-int8") == 2
    shown = capsys.readouterr()
    assert "36 held-out rows cannot show that an export as onnx-int8" in shown.err
    assert "that takes 93. Take --format onnx" in shown.err
    assert "asking it" not in shown.out
    assert others(by_itself) == []


def test_eight_bits_are_refused_with_what_each_way_reached(by_itself, finetune, capsys, monkeypatch):
    from finetune.commands.export import without_torch

    monkeypatch.setattr(without_torch, "recipes", lambda: ("tokens", "stored"))
    from finetune.commands.export.formats import FORMATS

    form = FORMATS["onnx-int8"]
    beyond = replace(CLOSE, equal=1.01, surely=None)
    monkeypatch.setitem(
        FORMATS, form.name, replace(form, variants=without_torch.recipes, limits=lambda variant: beyond)
    )
    assert finetune("export", "--format", "onnx-int8") == 2
    told = capsys.readouterr().err
    assert "of 36 rows have the same answer (at least 101%)" in told
    assert "Nothing was written. On the validation rows:\n  tokens: " in told
    assert not (RUN / "export" / "onnx-int8").exists()
    assert others(by_itself) == []


# ---- a page that answers by itself --------------------------------------------------------------------------


def test_a_page_is_made_of_the_run_and_tried_where_there_is_a_browser(by_itself, finetune, capsys):
    options = ("export", "--format", "html", "--accept", "--examples", "1", "--output", "pagina.html")
    assert finetune(*options) == 0
    folder = by_itself.parent / "html"
    found = proof(folder)
    assert sorted(each.name for each in folder.iterdir()) == ["README.md", "page.html", "proof.json"]
    assert Path("pagina.html").read_bytes() == (folder / "page.html").read_bytes()
    assert (found["format"], found["words"], found["accepted"]) == ("html", True, True)
    tried = found["in_browser"]
    if browser_of(AUTO) is None:
        assert tried is None
        assert "No browser has tried this page." in (folder / "README.md").read_text(encoding="utf-8")
    else:
        assert (tried["network"], tried["requests"]) == ("cut", 0)
        assert tried["against_python"]["equal_answers"] >= 0.9 * found["all"]["rows"]
        assert "Tried in Chromium" in (folder / "README.md").read_text(encoding="utf-8")
    assert "Send the file as a document" in capsys.readouterr().out
    assert others(folder) == ["onnx"]
    Path("pagina.html").write_text("mine")
    assert finetune(*options) == 2
    assert "pagina.html is there and no page of this command" in capsys.readouterr().err
    assert Path("pagina.html").read_text() == "mine"
