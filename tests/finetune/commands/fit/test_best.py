"""The comparing before a fit, with made-up folds: what is begun, what is done again, what is kept."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from finetune.__main__ import main
from finetune.cli.candidates import CANDIDATES
from finetune.cli.training import discard_untrained
from finetune.commands.crossval import command as crossval_command
from finetune.commands.fit import best
from finetune.errors import ConfigError
from finetune.runs.logger import RunLogger

OPTIONS = ["--data.path=dados.csv"]
RUN = Path("lightning_logs/version_0")


@pytest.fixture
def comparing(fits, monkeypatch):
    """`fit --effort best` whose folds are made up; says what each crossval was asked."""
    asked = []

    def crossval(arguments):
        asked.append(arguments)
        try:
            return crossval_command.main(["crossval", *arguments])
        except SystemExit as end:
            return int(end.code or 0)

    planned = []
    monkeypatch.setattr(best, "crossval", crossval)
    monkeypatch.setattr(best, "plan", lambda arguments: planned.append(arguments) or 0)
    monkeypatch.setattr(best, "looked_at", lambda options, *, check: list(compare.ways))

    def compare(*words):
        return best.compared_first(["fit", *words], check=lambda ready: None)

    compare.asked, compare.planned, compare.fits, compare.ways = asked, planned, fits, CANDIDATES
    return compare


def kept():
    return json.loads((RUN / "effort.json").read_text(encoding="utf-8"))


def test_a_fit_without_the_wish_is_left_alone(comparing):
    for words in (OPTIONS, [*OPTIONS, "--effort", "quick"], ["--help", "--effort", "best"]):
        assert comparing(*words) == (["fit", *words], 0)
    assert not comparing.asked


def test_each_way_is_cross_validated_and_the_best_is_fitted(comparing, capsys):
    argv, status = comparing("--effort", "best", *OPTIONS)
    assert status == 0
    assert comparing.planned == [[*OPTIONS, "--effort=best", "--looked_at"]]
    roots = [f"--trainer.default_root_dir={RUN / 'effort' / name}" for name in ("quick", "good", "longer")]
    assert [each[:1] for each in comparing.asked] == [OPTIONS] * 3
    assert [next(word for word in each if word in roots) for each in comparing.asked] == roots
    assert all(each[-2:] == ["--folds", "3"] for each in comparing.asked)
    # the made-up folds are all alike: the cheapest is taken
    assert argv == ["fit", *OPTIONS, "--effort=quick", f"--folder={RUN}"]
    content = kept()
    assert content["options"] == OPTIONS
    assert [way["name"] for way in content["candidates"]] == ["quick", "good", "longer"]
    assert (content["best"], content["chosen"], content["ranked_by"]) == ("quick", "quick", "f1_macro")
    assert {"words", "network"} <= set(content["left_out"])  # these folds measure neither
    told = capsys.readouterr().out
    assert "Taken: the untrained model" in told
    assert max(map(len, told.split("way 3 of 3")[1].split("\n"))) <= 120
    assert "To train the model" not in told  # what a crossval says to go on with
    assert "--keep_models" not in told  # which fit has not
    assert not list(RUN.rglob("*.ckpt"))


def test_what_was_measured_is_not_measured_again(comparing, capsys):
    comparing.fits.ends[5] = 75  # in the second way
    assert comparing("--effort=best", *OPTIONS)[1] == 75
    shown, told = capsys.readouterr()
    assert f"finetune fit --run {RUN} --resume" in told
    assert "finetune crossval" not in told
    assert shown.count("that took") == 1  # of what was stopped nobody knows yet
    assert "chosen" not in kept()
    del comparing.fits.ends[5]
    argv, status = comparing("--run", "0", "--resume")
    assert status == 0
    assert argv == ["fit", *OPTIONS, "--effort=quick", f"--folder={RUN}"]
    assert len(comparing.fits.calls) == 4 + 1 + 2 + 3  # what the fifth left unfinished is trained again
    assert comparing.asked[2] == ["--run", str(RUN / "effort/good/lightning_logs/crossval_0"), "--resume"]
    assert len(comparing.planned) == 1


def test_it_goes_on_by_the_name_of_its_run_and_a_name_keeps_the_folder(comparing):
    comparing.fits.ends[5] = 75
    assert comparing("--effort=best", *OPTIONS)[1] == 75
    assert main(["runs", "name", "0", "melhor"]) == 0
    argv, status = comparing("--run", "melhor", "--resume")
    assert (argv, status) == (["fit", *OPTIONS, "--effort=quick", f"--folder={RUN}"], 0)
    best.say_how_to_go_on(Path("lightning_logs/version_0"), below="effort")
    assert RUN.is_dir()


def test_the_same_command_goes_on_by_itself_as_a_scheduler_starts_it(comparing):
    command = ["--effort", "best", *OPTIONS, "--run", "latest", "--resume"]
    comparing.fits.ends[5] = 75
    assert comparing(*command)[1] == 75
    assert comparing(*command)[1] == 0
    assert [each.name for each in Path("lightning_logs").iterdir()] == ["version_0"]
    (RUN / "config.yaml").write_text("data: {}\n")  # the run itself has begun
    (RUN / "split.csv").touch()
    argv, status = comparing(*command)
    assert (argv, status) == (["fit", *OPTIONS, "--run", "latest", "--resume"], 0)


def test_one_that_ends_before_anything_was_measured_leaves_nothing(comparing):
    comparing.fits.ends[1] = 2
    assert comparing("--effort", "best", *OPTIONS)[1] == 2
    assert not list(Path("lightning_logs").iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--run", "3"], "begins a new run"),
        (["--ckpt_path", "x.ckpt"], "begins a new run"),
    ],
)
def test_what_does_not_go_with_it_is_refused(comparing, words, message):
    with pytest.raises(ConfigError, match=message):
        comparing("--effort=best", *OPTIONS, *words)
    assert not Path("lightning_logs").exists()


def test_where_one_way_is_left_it_is_trained_at_once(comparing):
    comparing.ways = [CANDIDATES[2]]
    assert comparing("--effort=best", *OPTIONS) == (["fit", *OPTIONS], 0)
    assert not Path("lightning_logs").exists()


def test_torchrun_is_refused(comparing, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="started once, without torchrun"):
        comparing("--effort=best", *OPTIONS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is damaged: it is cut short"),
        ("{}", "is damaged: it does not hold"),
        ('{"options": 3, "candidates": []}', "is damaged: it does not hold"),
        (
            '{"options": [], "folds": 3, "candidates": [{"name": "magic"}]}',
            "names a way to train that there is not: magic",
        ),
    ],
)
def test_a_damaged_record_is_told(comparing, content, message):
    RUN.mkdir(parents=True)
    (RUN / "effort.json").write_text(content)
    with pytest.raises(ConfigError, match=message):
        comparing("--run", "0", "--resume")


def test_options_of_anothers_comparison_are_looked_at_before_they_run(comparing):
    RUN.mkdir(parents=True)
    content = {"options": ["--task=evil.module:run"], "folds": 3, "candidates": [{"name": "good"}]}
    (RUN / "effort.json").write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=r"evil\.module"):
        comparing("--run", "0", "--resume")
    assert not comparing.asked


def test_crossval_measures_one_way(fits, capsys):
    assert main(["crossval", *OPTIONS, "--effort", "best"]) == 2
    assert "Here one way is measured: --effort quick or good." in " ".join(capsys.readouterr().err.split())


def test_a_model_is_not_adapted_to_the_texts_that_ways_are_measured_on(fits, capsys):
    assert main(["fit", *OPTIONS, "--effort", "best", "--adapt_first", "textos.txt"]) == 2
    assert "reads texts that the folds of --effort best are measured on" in " ".join(
        capsys.readouterr().err.split()
    )
    assert not Path("lightning_logs").exists()


def test_a_run_that_cannot_begin_keeps_what_was_compared_for_it(tmp_path):
    folder = tmp_path / "version_0"
    folder.mkdir()
    logger = RunLogger(tmp_path, folder)
    ready = SimpleNamespace(trainer=SimpleNamespace(logger=logger), prepared=SimpleNamespace(resume=False))
    (folder / "effort.json").write_text("{}")
    discard_untrained(ready)
    assert folder.is_dir()
    (folder / "effort.json").unlink()
    discard_untrained(ready)
    assert not folder.exists()


def test_a_comparison_that_was_left_is_listed_as_unfinished(comparing, capsys):
    comparing.fits.ends[5] = 75
    assert comparing("--effort=best", *OPTIONS)[1] == 75
    capsys.readouterr()
    assert main(["runs"]) == 0
    assert "unfinished" in capsys.readouterr().out
