"""A stranger's run folder runs nothing, and says what it would; one's own does as it always did."""

import inspect
import json
import os
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml
from jsonargparse import Namespace

import callbacks
from finetune.__main__ import run as command
from finetune.cli.as_trained import as_trained, kept_by, refuse_foreign_task
from finetune.cli.command_line import prepare
from finetune.cli.harmless import ARGUMENTS, FUNCTIONS, not_harmless
from finetune.cli.trusted import hold_against_own_runs, named_in, names_ones_own, remember_own
from finetune.data.checks.doctor import CHECKS
from finetune.data.dividing.splits import SPLITS
from finetune.data.reading.readers import READERS
from finetune.errors import ConfigError, UserError
from finetune.evaluation.baselines import BASELINES
from finetune.model.objectives.table import OBJECTIVES
from finetune.model.schedules import SCHEDULES
from finetune.plugins import KINDS
from finetune.runs.own import record_file
from finetune.runs.saved import Saved
from finetune.tasks.losses import LOSSES
from finetune.tasks.table import TASKS

EVIL = """
from pathlib import Path
Path("ran").touch()
def f(*args, **kwargs): ...
class C:
    def __init__(self, **kwargs): ...
"""

# what stands in a stranger's config.yaml, and what is said of it
STRANGE = {
    "callback": {"trainer": {"callbacks": [{"class_path": "evil.C", "init_args": {}}]}},
    "callback by its name": {"trainer": {"callbacks": "evil.C"}},
    "callback appended": {"trainer": {"callbacks+": "evil.C"}},
    "callback under a dotted key": {"trainer.callbacks": [{"class_path": "evil.C"}]},
    "callback of ours that makes another": {
        "early_stopping": {
            "class_path": "callbacks.EarlyStopping",
            "init_args": {"x": {"class_path": "evil.C"}},
        }
    },
    "callback in the place of ours": {"best_checkpoint": {"class_path": "evil.C"}},
    "reader": {"data": {"reader": "evil:f"}},
    "reader that Python has": {"data": {"reader": "os:system"}},
    "reader under a dotted key": {"data.reader": "evil:f"},
    "reader in a text": {"data": "{reader: 'evil:f'}"},
    "reader in another file": {"data": "more.yaml"},
    "reader that looks like a number": {"data": {"reader": 80}},
    "another file": {"config": "more.yaml"},
    "split": {"data": {"split": "evil:f"}},
    "loss": {"model": {"loss": "evil:f"}},
    "task": {"task": "evil:f"},
    "task of the data": {"data": {"task": "evil:f"}},
    "task of the model": {"model": {"task": "evil:f"}},
    "loss by way of another module": {"model": {"loss": "torch:os.system"}},
    "schedule": {"model": {"schedule": "finetune.commands.runs:shutil.rmtree"}},
    "check": {"data": {"more_checks": ["evil:f"]}},
    "check in a text": {"data": {"more_checks": '["antigravity\\x3af"]'}},
    "baseline in a text": {"baselines": "[tfidf]"},
    "baseline that is a path": {"baselines": ["./tfidf"]},
    "baseline": {"baselines": ["tfidf", "evil:f"]},
    "logger": {"trainer": {"logger": {"class_path": "evil.C"}}},
    "logger of Lightning's": {"trainer": {"logger": "lightning.pytorch.loggers.CSVLogger"}},
    "logger by a short name": {"trainer": {"logger": "CSVLogger"}},
    "profiler": {"trainer": {"profiler": {"class_path": "evil.C"}}},
    "profiler that writes": {"trainer": {"profiler": "pytorch"}},
    "logger in a file": {"trainer": {"logger": "more"}},
    "strategy in a file": {"trainer": {"strategy": "more"}},
    "plug-in in a file": {"trainer": {"plugins": ["more"]}},
    "option of one call": {"overwrite": True},
    "checkpoint": {"ckpt_path": "checkpoints"},
    "plug-in": {"trainer": {"plugins": ["evil.C"]}},
    "strategy": {"trainer": {"strategy": "evil.C"}},
    "accelerator": {"trainer": {"accelerator": {"class_path": "evil.C"}}},
    "table that is an object": {"data": {"path": {"class_path": "evil.C"}}},
    "pickle": {
        "data": {"reader": "pandas:read_pickle", "test_path": "table.pkl", "predict_path": "table.pkl"}
    },
    "place to write to": {"trainer": {"default_root_dir": "/elsewhere"}},
    "place above": {"trainer": {"default_root_dir": "a/../../b"}},
    "place of a checkpoint": {
        "last_checkpoint": {"class_path": "callbacks.LastCheckpoint", "init_args": {"dirpath": "/elsewhere"}}
    },
    "name of a checkpoint": {
        "last_checkpoint": {"class_path": "callbacks.LastCheckpoint", "init_args": {"filename": "../../x"}}
    },
    "file to write": {"output": "setup"},
}

HARMLESS = {
    "nothing": {},
    "rows": {
        "data": {"reader": "csv", "split": "by_time"},
        "model": {"loss": "focal"},
        "baselines": ["tfidf"],
    },
    "callbacks of ours": {
        "early_stopping": {
            "class_path": "callbacks.early_stopping.EarlyStopping",
            "init_args": {"patience": 3},
        },
        "best_checkpoint": {
            "class_path": "callbacks.BestCheckpoint",
            "init_args": {"monitor": "val/f1_macro"},
        },
        "trainer": {"callbacks": [{"class_path": "callbacks.KeepMemory"}]},
    },
    "names that the Trainer knows": {
        "trainer": {"strategy": "fsdp2", "precision": "16-mixed", "max_time": "00:01:00:00", "devices": "0,1"}
    },
    "words of callbacks": {
        "best_checkpoint": {
            "class_path": "callbacks.BestCheckpoint",
            "init_args": {"monitor": "val/f1.macro", "filename": "best-v1.0", "dirpath": None},
        },
        "last_checkpoint": {
            "class_path": "callbacks.LastCheckpoint",
            "init_args": {"language": "pt_BR.UTF-8"},
        },
    },
    "names in capitals": {"trainer": {"accelerator": "GPU", "profiler": "simple", "max_time": {"hours": 2}}},
    "a table that is a day": {"data": {"path": date(2026, 5, 1), "more_checks": [], "split": None}},
    "paths to read": {"data": {"path": "/home/ana/dados.v2.csv"}, "model": {"name": "neuralmind/bert-base"}},
    "words": {
        "on_nan": "skip",
        "mix": "none",
        "effort": "quick",
        "seed_everything": 1,
        "wanted_precision": 0.9,
    },
    "a place below": {"trainer": {"default_root_dir": "perto"}},
}


def make_run(folder: Path, config: dict[str, object]) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("best", "last"):
        (folder / "checkpoints" / f"{name}.ckpt").write_bytes(b"x")
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "split.csv").write_text("split\ntrain\n")
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module that leaves a mark when it is imported, and no run known as one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.setattr(sys, "argv", ["finetune"])
    (tmp_path / "evil.py").write_text(EVIL)
    (tmp_path / "more.yaml").write_text("reader: evil:f\ndata: {reader: 'evil:f'}\n")
    (tmp_path / "d.csv").write_text("texto;rotulo\na;b\n")
    sys.modules.pop("evil", None)
    return tmp_path


def looked_at(folder: Path, *options: str) -> bool:
    """Looks, and returns whether the run names something, which is then its user's own."""
    hold_against_own_runs(prepare(["test", "--run", str(folder), *options], folder.parent))
    return bool(named_in((folder / "config.yaml").read_bytes()))


@pytest.mark.parametrize("kind", STRANGE)
def test_a_strangers_run_runs_nothing_and_says_what_it_would_need(here: Path, kind: str) -> None:
    folder = make_run(here / "stranger", STRANGE[kind])
    asked = [
        ["predict", "--run", "stranger", "--data.predict_path", "d.csv"],
        ["test", "--run", "stranger", "--data.test_path", "d.csv"],
        ["validate", "--run", "stranger"],
        ["fit", "--run", "stranger", "--resume"],
        ["fit", "--config", "stranger/config.yaml"],
        ["check", "--config", "stranger/config.yaml", "--data.path", "d.csv"],
    ]
    for argv in asked:
        with pytest.raises(ConfigError) as refused:
            command(argv)
        said = str(refused.value)
        if "--run" in argv and not isinstance(STRANGE[kind].get("data", {}), dict):
            assert "stranger/config.yaml is damaged" in said  # no run of this program writes a group so
            continue
        assert "stranger/config.yaml is not known as of a run of your own" in said
        assert "--trust" in said
        assert "finetune fit --model.name" in said
        named = said.split("\n")[1]
        assert named.startswith(f"  {next(iter(STRANGE[kind]))}")
    (folder / "split.csv").unlink()  # it is no less a run's
    with pytest.raises(ConfigError, match=r"not known|is damaged"):
        command(asked[0])
    assert not (here / "ran").exists()
    assert "evil" not in sys.modules


def test_a_report_and_the_list_of_runs_follow_no_configuration(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mappings = [each for each in STRANGE.values() if isinstance(each.get("data", {}), dict)]
    for number, config in enumerate(mappings):
        make_run(here / "lightning_logs" / f"version_{number}", config)
    assert command(["runs"]) == 0
    assert command(["report", "0", "--no-explain"]) == 0
    capsys.readouterr()
    assert not (here / "ran").exists()


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_strangers_plain_run_needs_no_trust(here: Path, kind: str) -> None:
    assert not looked_at(make_run(here / "stranger", HARMLESS[kind]))


def test_the_configuration_of_an_earlier_run_is_plain(here: Path) -> None:
    text = (Path(__file__).parents[2] / "journeys" / "config_of_before.yaml").read_text()
    config = yaml.safe_load(text)
    config["trainer"]["plugins"] = None  # one that was asked for
    assert not looked_at(make_run(here / "earlier", config))


OWN = yaml.safe_dump(STRANGE["loss"])


def test_a_run_of_ones_own_is_known_wherever_it_goes_and_until_it_is_changed(here: Path) -> None:
    folder = make_run(here / "version_0", {})
    remember_own(OWN)
    (folder / "config.yaml").write_text(OWN)
    assert looked_at(folder)
    assert looked_at(Path(shutil.copytree(folder, here / "copy")))
    assert looked_at(folder.rename(here / "moved"))
    (here / "moved" / "config.yaml").write_text(OWN + "mix: none\n")
    with pytest.raises(ConfigError, match="was changed since"):
        looked_at(here / "moved")


def test_what_was_allowed_once_is_known_from_then_on(here: Path) -> None:
    folder = make_run(here / "version_0", STRANGE["loss"])
    with pytest.raises(ConfigError):
        looked_at(folder)
    assert looked_at(folder, "--trust")
    assert looked_at(folder)
    assert record_file().stat().st_mode & 0o777 == 0o600


def test_a_record_that_others_can_write_or_that_is_a_link_says_nothing(here: Path) -> None:
    folder = make_run(here / "version_0", STRANGE["loss"])
    assert looked_at(folder, "--trust")
    record_file().chmod(0o666)
    with pytest.raises(ConfigError):
        looked_at(folder)
    record_file().chmod(0o600)
    assert looked_at(folder)
    record_file().rename(here / "theirs")
    record_file().symlink_to(here / "theirs")
    with pytest.raises(ConfigError):
        looked_at(folder)


def test_a_record_that_cannot_be_written_ends_nothing(here: Path) -> None:
    (here / "state").write_text("in the way")
    remember_own(OWN)


def test_the_processes_that_are_started_need_not_look_again(here: Path) -> None:
    folder = make_run(here / "version_0", STRANGE["loss"])
    prepared = prepare(["validate", "--run", str(folder), "--trust"], here)
    hold_against_own_runs(prepared)
    assert "--trust" not in prepared.argv
    record_file().unlink()
    theirs = prepare([*prepared.argv, *prepared.for_others()], here)
    assert not theirs.trust
    hold_against_own_runs(theirs)


def test_a_file_of_the_users_own_names_what_it_likes(here: Path) -> None:
    (here / "config.yaml").write_text(OWN)
    (here / "metrics.json").write_text("{}")  # as other programs leave one
    hold_against_own_runs(prepare(["fit", "--config", "config.yaml"], here))


@pytest.mark.parametrize(
    "left",
    [
        "predictions.csv",
        "words.npz",
        "data_report.json",
        "hardware.json",
        "model/config.json",
        "checkpoints/a.ckpt",
    ],
)
def test_a_configuration_beside_what_a_run_leaves_is_a_runs(here: Path, left: str) -> None:
    (here / "config.yaml").write_text(OWN)
    (here / left).parent.mkdir(exist_ok=True)
    (here / left).touch()
    with pytest.raises(ConfigError, match="not known"):
        hold_against_own_runs(prepare(["fit", "--config", "config.yaml"], here))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--data.path", "d.csv", "--trainer.max_epochs=2"], False),
        (["--early_stopping.patience", "2", "--best_checkpoint=null", "--seed_everything", "-1"], False),
        (["--overwrite", "--data.reader", "csv", "--steps=8", "--baselines", "null"], False),
        (["--model.loss", "evil:f"], True),
        (["--task", "evil:f"], True),
        (["--best_checkpoint.help=evil.C"], True),
        (["--model.loss=evil:f", "--model.loss=focal"], True),
        (["--trainer.callbacks+=evil.C"], True),
        (["--trainer.logger", "evil.C"], True),
        (["--on_nan=stop", "-cevil"], True),
        (["--early_stopping.class_path=evil.C"], True),
        (["--last_checkpoint.dirpath=x"], True),
        (["--config", "more.yaml"], True),
    ],
)
def test_the_current_folder_is_searched_only_for_what_is_named(
    here: Path, options: list[str], named: bool
) -> None:
    assert names_ones_own(prepare(["fit", *options], here)) is named


def test_every_option_that_names_a_function_is_looked_at() -> None:
    assert set(FUNCTIONS.values()) == set(KINDS)
    for table in (READERS, SPLITS, CHECKS, BASELINES, LOSSES, OBJECTIVES, SCHEDULES, TASKS):
        assert not any(":" in row for row in table)  # by which a function of another is told from a row


def test_a_strangers_adapting_runs_nothing_of_its_own(here: Path) -> None:
    plain = make_run(here / "plain", {"model": {"objective": "two_views"}})
    hold_against_own_runs(prepare(["adapt", "--config", str(plain / "config.yaml")], here))
    strange = make_run(here / "strange", {"model": {"objective": "evil:f"}})
    with pytest.raises(ConfigError, match=r"model\.objective: evil:f"):
        hold_against_own_runs(prepare(["adapt", "--config", str(strange / "config.yaml")], here))


def test_every_argument_of_our_callbacks_but_a_place_is_harmless() -> None:
    kinds = [each for name in callbacks.__all__ if inspect.isclass(each := getattr(callbacks, name))]
    found = {name for kind in kinds for name in inspect.signature(kind).parameters}
    assert found - {"dirpath", "args", "kwargs"} == ARGUMENTS


def test_adapters_are_plain_values_however_they_are_written() -> None:
    plain = {"rank": 8, "targets": ["query"], "kind": "dora"}
    assert not not_harmless([("model.lora", plain), ("model.lora.rank", 8), ("model.lora.targets", "auto")])
    foreign = [("model.lora", {"class_path": "evil.C"}), ("model.lora.rank", {"class_path": "evil.C"})]
    assert not_harmless(foreign) == foreign


def test_no_file_beside_the_configuration_stands_in_for_a_word(here: Path) -> None:
    folder = make_run(here / "stranger", {"trainer": {"strategy": "auto", "profiler": "simple"}})
    for name in ("auto", "simple"):
        (folder / name).write_text("class_path: evil.C\n")
    with pytest.raises(UserError, match="missing"):
        command(["fit", "--config", str(folder / "config.yaml"), "--data.path", "missing.csv"])
    assert "evil" not in sys.modules


@pytest.mark.parametrize("loss", ["evil:f", "focal"])
def test_a_checkpoint_names_no_function_that_the_options_do_not(loss: str) -> None:
    saved = Saved({"loss": loss, "labels": ["a", "b"]}, None, {})
    model = Namespace(name="embedded", loss="cross_entropy", labels=None)
    if loss == "evil:f":
        with pytest.raises(ConfigError, match=r"model\.loss: evil:f"):
            as_trained(model, saved, Path("x/checkpoints/best.ckpt"))
        assert model.loss == "cross_entropy"
        as_trained(Namespace(name="embedded", loss=loss), saved, Path("x/checkpoints/best.ckpt"))
    as_trained(model, saved, Path("x/checkpoints/best.ckpt"), trust=True)
    assert model.loss == loss


def test_a_training_goes_on_with_no_task_of_a_checkpoint_that_the_options_do_not_name() -> None:
    saved = Saved({"task": "evil:task", "labels": ["a", "b"]}, None, {})
    config = Namespace(task="auto", model=Namespace(task=None))
    with pytest.raises(ConfigError, match=r"model\.task: evil:task"):
        refuse_foreign_task(config, saved, Path("last.ckpt"), trust=False)
    refuse_foreign_task(config, saved, Path("last.ckpt"), trust=True)
    refuse_foreign_task(
        Namespace(task="evil:task", model=Namespace(task=None)), saved, Path("last.ckpt"), trust=False
    )
    ours = Saved({"task": "ordinal", "labels": ["a", "b"]}, None, {})
    refuse_foreign_task(config, ours, Path("last.ckpt"), trust=False)
    refuse_foreign_task(config, Saved({"labels": ["a", "b"]}, None, {}), Path("of_before.ckpt"), trust=False)


def test_an_exported_model_names_no_task_that_the_options_do_not(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"finetune_task": "evil:task"}))
    with pytest.raises(ConfigError, match=r"model\.task: evil:task"):
        kept_by(tmp_path, asked="auto", trust=False)
    assert kept_by(tmp_path, asked="evil:task", trust=False).task == "evil:task"
    (tmp_path / "config.json").write_text("{}")
    assert kept_by(tmp_path, asked="auto", trust=False).task == "single_label"  # of before


def test_a_strangers_checkpoint_in_parts_is_not_opened(here: Path) -> None:
    folder = make_run(here / "stranger", {})
    last = folder / "checkpoints" / "last.ckpt"
    last.unlink()
    last.mkdir()
    (last / ".metadata").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    go_on = ["fit", "--run", str(folder), "--resume"]
    with pytest.raises(ConfigError, match=r"last\.ckpt/\.metadata \(pickle\)"):
        command(go_on)
    with pytest.raises(ConfigError, match="pickle"):
        command(["fit", "--ckpt_path", str(last)])
    for verb in ("predict", "validate", "test"):
        with pytest.raises(ConfigError, match="pickle"):
            command([verb, "--run", str(folder), "--ckpt_path", str(last)])
    (folder / "checkpoints" / "best.ckpt").unlink()
    last.rename(folder / "checkpoints" / "best.ckpt")
    with pytest.raises(ConfigError, match=r"best\.ckpt/\.metadata \(pickle\)"):
        command(["predict", "--run", str(folder), "--trainer.strategy=fsdp2", "--data.predict_path", "d.csv"])
    (folder / "checkpoints" / "best.ckpt").rename(last)
    remember_own(OWN)  # which says nothing of a checkpoint that lies elsewhere
    make_run(here / "own", {})
    own = here / "own" / "config.yaml"
    own.write_text(OWN)
    with pytest.raises(ConfigError, match="pickle"):
        hold_against_own_runs(prepare(["fit", "--config", str(own), "--ckpt_path", str(last)], here))
    hold_against_own_runs(prepare([*go_on, "--trust"], here))
    record_file().unlink()
    remember_own((folder / "config.yaml").read_text(), in_parts=True)
    hold_against_own_runs(prepare(go_on, here))


# ---- cross-validations ------------------------------------------------------------------------------------------


def crossval(here: Path, options: list[str], seeds: object = (42,)) -> Path:
    folder = here / "lightning_logs" / "crossval_0"
    folder.mkdir(parents=True)
    content = {"options": options, "folds": 2, "seeds": seeds, "keep_models": False, "runs": []}
    (folder / "crossval.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    "options",
    [
        ["--model.loss=evil:f"],
        ["--config", "more.yaml"],
        ["-c", "more.yaml"],
        ["--trainer.logger", "evil.C"],
        ["--trust"],
        ["--looked_at"],
        ["--resume", "--run=7"],
        ["--ckpt_path=last.ckpt"],
        ["--folder", "elsewhere"],
        ["--print_config"],
    ],
)
def test_a_strangers_cross_validation_goes_on_with_nothing_of_its_own(
    here: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    from finetune.commands.crossval import command as crossvals

    started: list[list[str]] = []
    monkeypatch.setattr(crossvals, "fit", lambda arguments: started.append(arguments) or 1)
    crossval(here, options)
    with pytest.raises(ConfigError, match=r"crossval\.json is not known as of a run of your own"):
        command(["crossval", "--run", "0", "--resume"])
    assert started == []
    assert command(["crossval", "--run", "0", "--resume", "--trust"]) == 1
    assert started[0][: len(options)] == options


def test_ones_own_cross_validation_goes_on_and_so_does_a_plain_one(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finetune.commands.crossval import command as crossvals

    monkeypatch.setattr(crossvals, "fit", lambda arguments: 128 + 15)
    monkeypatch.setattr(crossvals, "say_how_to_go_on", lambda crossval, **_: None)
    for number, options in enumerate(
        (["--config", "demo"], ["--config", "more.yaml", "--model.loss=evil:f"])
    ):
        assert command(["crossval", *options]) == 128 + 15
        assert command(["crossval", "--run", str(number), "--resume"]) == 128 + 15


@pytest.mark.parametrize("seeds", [["../../casa"], [True], "42", None])
def test_a_seed_of_a_cross_validation_is_no_place(here: Path, seeds: object) -> None:
    crossval(here, [], seeds)
    with pytest.raises(ConfigError, match=r"crossval\.json is damaged"):
        command(["crossval", "--run", "0", "--resume"])


@pytest.mark.parametrize("link", ["fold_1", "fold_2/checkpoints"])
def test_a_cross_validation_removes_nothing_through_links(here: Path, link: str) -> None:
    (here / "victim").mkdir()
    (here / "victim" / "diary").touch()
    folder = crossval(here, [])
    (folder / link).parent.mkdir(exist_ok=True)
    (folder / link).symlink_to(here / "victim")
    with pytest.raises(ConfigError, match=rf"has links \({link}\)"):
        command(["crossval", "--run", "0", "--resume"])
    assert (here / "victim" / "diary").exists()


def test_a_fold_of_a_cross_validation_is_no_place_elsewhere(here: Path) -> None:
    folder = crossval(here, [])
    make_run(here / "victim", {})
    (here / "victim" / "metrics.json").write_text("{}")
    content = json.loads((folder / "crossval.json").read_text())
    content["runs"] = [{"seed": 42, "fold": 1, "folder": "../../victim"}]
    (folder / "crossval.json").write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=r"crossval\.json is damaged"):
        command(["crossval", "--run", "0", "--resume"])


def test_nothing_is_known_of_another_user(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_run(here / "version_0", STRANGE["loss"])
    assert looked_at(folder, "--trust")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(ConfigError):
        looked_at(folder)
