"""A tiny model learns the language of texts, is stopped and goes on, and a classifier is trained from it."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from finetune.processes import fit_apart
from tests.journeys.conftest import call, sentences, write_table
from tests.made_once import made_once
from tests.processes import finetune as finetune_here
from tests.processes import start

RUN = Path("lightning_logs/adapt_0")
QUICK = {
    "--model.learning_rate": "0.004",
    "--data.effective_batch_size": "16",
    "--trainer.max_epochs": "4",
    "--hardware_tier": "null",
    "--write_report": "false",
}

PLUGIN = """
import lightning.pytorch as pl
from pathlib import Path

class Killer(pl.Callback):
    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if trainer.global_step == 9 and not Path("disarmed").exists():
            raise RuntimeError("power cut")
"""


def write_texts(folder):
    lines = [text for text, _ in sentences(120, seed=5)]
    (folder / "textos.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def options(tiny_model, **more):
    given = {"--data.path": "textos.txt", "--model.name": tiny_model, **QUICK, **more}
    return [f"{key}={value}" for key, value in given.items()]


@pytest.fixture(scope="module")
def adapted(tmp_path_factory, tiny_model):
    """A folder in which a model was adapted, for all tests that only look or go on: copy it first."""

    def make(folder):
        write_texts(folder)
        report = {"--write_report": "true", "--hardware_tier.verbose": "false"}
        words = [word for word in options(tiny_model, **report) if not word.startswith("--hardware_tier=")]
        assert call(folder, tiny_model, "adapt", *words) == 0

    return made_once(tmp_path_factory, "adapted", make)


@pytest.fixture
def run(adapted, tmp_path):
    """The run folder of it, in the test's own folder."""
    shutil.copytree(adapted, tmp_path, dirs_exist_ok=True)
    return RUN


@pytest.fixture
def adapt(finetune, tmp_path, tiny_model):
    write_texts(tmp_path)
    (tmp_path / "corte.py").write_text(PLUGIN, encoding="utf-8")

    def adapt(*more, **changed):
        return finetune("adapt", *options(tiny_model, **changed), *more)

    return adapt


def metrics_of(run):
    return json.loads((run / "metrics.json").read_text(encoding="utf-8"))


# ---- what is kept ---------------------------------------------------------------------------------------------


def test_it_knows_the_texts_better_than_before_and_keeps_how_well(adapted):
    metrics = metrics_of(adapted / RUN)
    language = metrics["language"]["validation"]
    assert language["loss"]["after"] < language["loss"]["before"]
    assert language["perplexity"]["after"] < language["perplexity"]["before"]
    assert language["texts"] == 6
    assert metrics["language"]["general"]["perplexity"]["before"] > 1
    assert metrics["read"]["texts"] == 120
    assert "unfinished" not in metrics
    assert metrics["best_step"] <= 32
    assert metrics["versions"]["torch"] == torch.__version__


def test_gaps_are_filled_before_and_after(adapted):
    gaps = metrics_of(adapted / RUN)["gaps"]
    assert gaps
    for gap in gaps:
        assert len(gap["word"]) >= 4
        assert [len(gap[when]) for when in ("before", "after")] == [3, 3]
    assert any(gap["before"] != gap["after"] for gap in gaps)


def test_its_model_is_one_that_plain_transformers_opens_and_that_learned(adapted, tiny_model):
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    network, info = AutoModelForMaskedLM.from_pretrained(adapted / RUN / "model", output_loading_info=True)
    assert not info["missing_keys"]
    assert AutoTokenizer.from_pretrained(adapted / RUN / "model").mask_token == "[MASK]"
    before = AutoModelForMaskedLM.from_pretrained(tiny_model)
    name = "bert.encoder.layer.0.attention.self.query.weight"
    assert not torch.equal(network.state_dict()[name], before.state_dict()[name])


def test_its_folder_says_how_it_is_repeated(adapted):
    config = yaml.safe_load((adapted / RUN / "config.yaml").read_text(encoding="utf-8"))
    assert config["model"]["objective"] == "masked_words"
    assert config["data"]["path"] == "textos.txt"
    assert not {"plan_only", "steps", "task", "baselines", "mix", "overfitting_watch"} & config.keys()
    files = {file.name for file in (adapted / RUN).rglob("*")}
    assert {"best.ckpt", "last.ckpt", "resources.csv", "hardware.json", "report.html"} <= files
    assert any(name.startswith("events.out") for name in files)


def test_the_page_tells_before_and_after_in_both_languages(run, finetune, capsys):
    page = run / "report.html"
    first = page.read_text(encoding="utf-8")
    assert "perplexity fell from" in first
    assert "[___]" in first
    text = re.sub("<[^>]+>", "", first)
    assert "finetune fit --model.name lightning_logs/adapt_0 --data.path dados.csv" in text
    assert finetune("report", "adapt_0", "--language", "pt") == 0
    assert 'lang="pt' in page.read_text(encoding="utf-8")
    assert finetune("report", "adapt_0", run) == 2  # one and the same
    assert "one and the same run" in capsys.readouterr().err


# ---- and used -------------------------------------------------------------------------------------------------


def test_a_classifier_begins_from_it_and_keeps_that(run, finetune, table, capsys):
    short = ["--trainer.max_epochs=1", "--baselines=null", "--mix=none", "--data.on_findings=skip"]
    assert finetune("fit", "--data.path", table, f"--model.name={run}", *short) == 0
    metrics = metrics_of(Path("lightning_logs/version_0"))
    assert metrics["adapted"]["run"] == str(run)
    assert metrics["adapted"]["language"] == metrics_of(run)["language"]
    assert finetune("runs") == 0
    listed = capsys.readouterr().out
    assert "adapt_0" in listed
    assert "version_0" in listed


def test_what_needs_labels_refuses_it(run, finetune, capsys):
    for command in (["predict", "--data.predict_path", "textos.txt"], ["test"], ["export"]):
        assert finetune(command[0], "--run", run, *command[1:]) == 2
        assert f"finetune fit --model.name {run} --data.path TABLE" in capsys.readouterr().err
    assert finetune("fit", "--run", run, "--resume") == 2
    assert f"finetune adapt --run {run} --resume" in capsys.readouterr().err
    Path("t.csv").touch()
    assert finetune("fit", "--data.path", "t.csv", "--ckpt_path", run / "checkpoints/last.ckpt") == 2
    assert "a checkpoint of finetune adapt" in capsys.readouterr().err


def test_a_classifiers_run_is_not_gone_on_with(trained, finetune, adapt, capsys):
    assert finetune("adapt", "--run", trained, "--resume") == 2
    assert f"finetune fit --run {trained} --resume" in capsys.readouterr().err
    assert adapt("--ckpt_path", trained / "checkpoints/last.ckpt") == 2
    assert "no checkpoint of finetune adapt" in capsys.readouterr().err


# ---- stopped, and gone on with --------------------------------------------------------------------------------


def test_a_run_that_was_cut_off_ends_as_the_undisturbed_one_to_the_last_bit(adapt, finetune, capsys):
    kill = ["--trainer.callbacks+=corte.Killer", "--last_checkpoint.every_n_steps=5"]
    with pytest.raises(RuntimeError, match="power cut") as error:
        adapt(*kill)
    assert error.value.__notes__ == [f"To go on:\n  finetune adapt --run {RUN} --resume"]
    assert finetune("fit", "--data.path", write_table(Path("dados.csv")), "--model.name", RUN) == 2
    assert f"finetune adapt --run {RUN} --resume" in capsys.readouterr().err
    Path("disarmed").touch()
    assert finetune("adapt", "--run", "latest", "--resume") == 0
    assert adapt(*kill) == 0
    cut, whole = (
        torch.load(f"lightning_logs/{name}/checkpoints/last.ckpt", weights_only=True)
        for name in ("adapt_0", "adapt_1")
    )
    assert cut["global_step"] == whole["global_step"] == 32
    for name, weight in whole["state_dict"].items():
        assert torch.equal(cut["state_dict"][name], weight), name
    for mine, other in zip(
        cut["optimizer_states"][0]["state"].values(),
        whole["optimizer_states"][0]["state"].values(),
        strict=True,
    ):
        assert all(torch.equal(mine[name], other[name]) for name in mine)
    one, two = (metrics_of(Path("lightning_logs") / name) for name in ("adapt_0", "adapt_1"))
    assert one["language"] == two["language"]
    assert one["gaps"] == two["gaps"]
    before = (RUN / "metrics.json").stat().st_mtime_ns
    assert finetune("adapt", "--run", "0", "--resume") == 0
    assert "nothing is left to train" in capsys.readouterr().err
    assert (RUN / "metrics.json").stat().st_mtime_ns == before


def test_other_texts_are_not_gone_on_with(run, finetune, capsys):
    Path("textos.txt").write_text("outra coisa\nmais uma linha\ne a terceira\n", encoding="utf-8")
    assert finetune("adapt", "--run", "latest", "--resume", "--trainer.max_epochs", 5) == 2
    assert "not those that were trained on before" in capsys.readouterr().err
    assert finetune("adapt", "--run", "latest", "--resume", "--model.masked_share", 0.3) == 2
    assert "model.masked_share was 0.15 and is now 0.3" in capsys.readouterr().err


def test_two_processes_learn_as_one_does(tiny_model, tmp_path):
    still = tmp_path / "still"
    shutil.copytree(tiny_model, still)
    config = json.loads((still / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (still / "config.json").write_text(json.dumps(config), encoding="utf-8")
    changed = {"--trainer.max_epochs": 1, "--trainer.precision": "32-true", "--trainer.log_every_n_steps": 1}
    words = options(still, **changed)
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        write_texts(folder)
    assert call(folders[0], still, "adapt", *words, "--trainer.accelerator=cpu") == 0
    two = ["--trainer.accelerator=cpu", "--trainer.devices=2", "--trainer.strategy=ddp"]
    cut = ["--trainer.accumulate_grad_batches=2"]
    ended = start(2, finetune_here, "adapt", *words, *two, *cut, folder=folders[1]).wait()
    assert [each.status for each in ended] == [0, 0], ended[-1].err
    one, many = (
        torch.load(folder / RUN / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
        for folder in folders
    )
    assert max((one[name] - many[name]).abs().max().item() for name in one) < 1e-4
    of_one, of_two = (metrics_of(folder / RUN)["language"] for folder in folders)
    for part in ("validation", "general"):
        for when in ("before", "after"):
            assert of_two[part]["loss"][when] == pytest.approx(of_one[part]["loss"][when], abs=1e-4)


# ---- before it is done ----------------------------------------------------------------------------------------


def test_a_plan_says_how_long_it_takes_and_keeps_nothing(adapt, capsys, tmp_path):
    del QUICK["--hardware_tier"]
    try:
        assert adapt("--plan_only", "true", "--steps", "2", "--trainer.max_time", "00:00:00:01") == 0
    finally:
        QUICK["--hardware_tier"] = "null"
    said = capsys.readouterr().out
    assert "The run would take about" in said
    assert "(4 epochs)" in said
    assert "To train it:\n  finetune adapt" in said
    assert "plan_only" not in said
    assert not (tmp_path / "lightning_logs").exists()
    assert not (tmp_path / "config.yaml").exists()


# ---- both in one ----------------------------------------------------------------------------------------------


def test_a_fit_adapts_first_without_the_texts_that_it_measures_by(
    finetune, tmp_path, tiny_model, monkeypatch, capsys
):
    table = write_table(tmp_path / "dados.csv")
    texts = [text for text, _ in sentences(180)]
    (tmp_path / "textos.txt").write_text("\n".join(texts), encoding="utf-8")
    asked = []

    def here(arguments):
        asked.append(arguments)
        return call(
            tmp_path, tiny_model, "adapt", *arguments, "--trainer.max_epochs=1", "--hardware_tier=null"
        )

    monkeypatch.setattr("finetune.commands.fit.adapt_first.adapt", here)
    (tmp_path / "corte.py").write_text(PLUGIN, encoding="utf-8")
    short = ["--trainer.max_epochs=1", "--baselines=null", "--mix=none", "--data.on_findings=skip"]
    short += ["--trainer.callbacks+=corte.Killer", "--last_checkpoint.every_n_steps=5"]
    with pytest.raises(RuntimeError, match="power cut") as error:
        finetune("fit", "--data.path", table, "--adapt_first", "textos.txt", *short)
    assert error.value.__notes__ == ["To go on:\n  finetune fit --run lightning_logs/version_0 --resume"]
    assert "train on your labels" not in capsys.readouterr().out  # it does so itself
    Path("disarmed").touch()
    assert finetune("fit", "--run", "latest", "--resume") == 0
    assert len(asked) == 1
    assert {f"--model.name={tiny_model}", "--data.lower_capitals=true"} <= set(asked[0])
    read = metrics_of(RUN)["read"]
    assert read["left_out"] == 36  # a tenth to validate by, a tenth to test by
    run = Path("lightning_logs/version_0")
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    assert config["model"]["name"] == str(RUN)
    assert "adapt_first" not in config
    assert metrics_of(run)["adapted"]["run"] == str(RUN)
    assert finetune("test", "--run", "latest") == 0


def test_an_adapting_that_fails_leaves_nothing_and_no_fit_begins(finetune, table, tmp_path, monkeypatch):
    monkeypatch.setattr("finetune.commands.fit.adapt_first.adapt", lambda arguments: 2)
    assert finetune("fit", "--data.path", table, "--adapt_first", "nada.txt") == 2
    assert not list((tmp_path / "lightning_logs").iterdir())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("--baselines=[nada]", 'no baseline "nada"'),
        ("--early_stopping.monitor=val/nada", "val/nada"),
        ("--trainer.fast_dev_run=true", "leave one of them away"),
    ],
)
def test_what_the_fit_would_refuse_is_refused_before_hours_of_adapting(
    finetune, table, tmp_path, monkeypatch, capsys, more, said
):
    monkeypatch.setattr("finetune.commands.fit.adapt_first.adapt", lambda arguments: pytest.fail("it adapts"))
    assert finetune("fit", "--data.path", table, "--adapt_first", "textos.txt", more) == 2
    assert said in capsys.readouterr().err
    assert not list((tmp_path / "lightning_logs").iterdir())


def test_an_adapting_that_was_stopped_says_how_to_go_on_with_both(finetune, table, monkeypatch, capsys):
    def stopped(arguments):
        [folder] = [word.partition("=")[2] for word in arguments if word.startswith("--folder=")]
        (Path(folder) / "config.yaml").write_text("model: {objective: masked_words}")
        (Path(folder) / "checkpoints").mkdir()
        (Path(folder) / "checkpoints/last.ckpt").touch()
        return 75

    monkeypatch.setattr("finetune.commands.fit.adapt_first.adapt", stopped)
    command = ["--data.path=dados.csv", "--baselines=null"]
    assert finetune("fit", *command, "--adapt_first=textos.txt") == 75
    said = capsys.readouterr().err
    assert "Once that has finished:\n  finetune fit --data.path=dados.csv --baselines=null" in said
    assert said.rstrip().endswith(f"--model.name={RUN}")
    assert (RUN / "left_out.npy").is_file()


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        ("", (), "the file is empty"),
        ("uma linha\n", (), "1 text is left"),
        (
            "uma\nduas\ntres\n",
            ("--model.objective=nada",),
            'no objective "nada": there are masked_words, two_views',
        ),
        (
            "uma\nduas\ntres\n",
            ("--hardware_tier=null", "--plan_only=true"),
            "leave --hardware_tier switched on",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    finetune, tiny_model, tmp_path, capsys, content, more, said
):
    (tmp_path / "textos.txt").write_text(content, encoding="utf-8")
    assert finetune("adapt", "--data.path=textos.txt", f"--model.name={tiny_model}", *more) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("lightning_logs/*"))


def test_a_run_that_goes_on_is_not_adapted_again(finetune, trained, capsys):
    assert finetune("fit", "--run", "latest", "--resume", "--adapt_first", "textos.txt") == 2
    assert "--adapt_first goes with a new run" in capsys.readouterr().err


def test_each_process_of_a_training_does_not_adapt_by_itself(finetune, table, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert finetune("fit", "--data.path", table, "--adapt_first", "textos.txt") == 2
    assert "finetune fit --model.name RUN --data.path TABLE" in capsys.readouterr().err


def test_in_a_file_of_options_it_would_be_overlooked_and_is_refused(finetune, table, capsys):
    Path("mine.yaml").write_text("adapt_first: textos.txt\n", encoding="utf-8")
    assert finetune("fit", "--data.path", table, "--config", "mine.yaml") == 2
    assert "type it, as in --adapt_first TEXTS" in capsys.readouterr().err
    assert not Path("lightning_logs").exists()


def test_the_process_apart_is_told_what_to_do(monkeypatch):
    seen = []
    monkeypatch.setattr(fit_apart, "apart", lambda name, arguments: seen.append((name, arguments)) or 0)
    assert fit_apart.adapt(["--a"]) == 0
    assert fit_apart.fit(["--b"]) == 0
    assert seen == [("adapt", ["--a"]), ("fit", ["--b"])]
