"""The trainings before the mean, made up: what is begun, what is done again, what is refused."""

import json
import os
from pathlib import Path

import pytest

from finetune.__main__ import main
from finetune.commands.fit import seeds
from finetune.errors import ConfigError

OPTIONS = ["--data.path=dados.csv"]
RUN = Path("lightning_logs/version_0")


@pytest.fixture
def averaging(tmp_path, monkeypatch):
    """`fit --seeds` whose trainings are made up; says what each was asked."""
    monkeypatch.chdir(tmp_path)
    asked, ends = [], {}

    def fit(arguments):
        asked.append(arguments)
        status = ends.get(len(asked), 0)
        words = dict(word.split("=", 1) for word in arguments if "=" in word)
        folder = Path(words.get("--folder") or arguments[arguments.index("--run") + 1])
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        if status == 0:
            (folder / "metrics.json").write_text('{"validation": {"f1_macro": 1}}')
        elif status != 2:
            (folder / "config.yaml").write_text("data: {}\n")
            (folder / "checkpoints/last.ckpt").write_text("half")
        return status

    monkeypatch.setattr(seeds, "fit", fit)
    monkeypatch.setattr(seeds, "looked_at", lambda options, *, check: 42)
    monkeypatch.setattr(seeds, "table_of", lambda path: "the table")

    def average(*words):
        return seeds.averaged_first(["fit", *words], check=lambda ready: None)

    average.asked, average.ends = asked, ends
    return average


def test_a_fit_without_the_wish_is_left_alone(averaging):
    for words in (OPTIONS, ["--help", "--seeds", "3"], [*OPTIONS, "--seeds", "3", "--folder=f"]):
        assert averaging(*words) == (["fit", *words], 0)
    again = ["--config=c.yaml", "--seeds=3", "--looked_at"]  # as the Trainer starts its other processes
    assert averaging(*again) == (["fit", *again], 0)
    assert not averaging.asked


def test_each_network_is_trained_and_the_fit_that_follows_is_their_mean(averaging):
    argv, status = averaging("--seeds", "3", *OPTIONS)
    assert status == 0
    assert argv == ["fit", *OPTIONS, "--seeds=3", f"--folder={RUN}"]
    for seed, words in zip((42, 43, 44), averaging.asked, strict=True):
        assert words[0] == OPTIONS[0]
        own = {f"--seed_everything={seed}", "--mix=none", "--baselines=null", "--write_report=false"}
        assert own | {"--trainer.limit_test_batches=0", f"--folder={RUN / 'seeds' / str(seed)}"} <= set(words)
        assert ("--data.on_findings=skip" in words) == (seed != 42)  # they are told once
    assert json.loads((RUN / "seeds.json").read_text()) == {"options": OPTIONS, "seeds": [42, 43, 44]}


def test_all_are_trained_on_the_table_of_the_first_and_findings_stop_each_where_they_shall(averaging):
    checkpoint = RUN / "seeds/42/checkpoints/best.ckpt"
    averaging.ends[2] = 75
    assert averaging("--seeds=2", *OPTIONS, "--data.on_findings=stop")[1] == 75
    checkpoint.write_text("whole")
    (
        RUN / "seeds/43/checkpoints/last.ckpt"
    ).unlink()  # stopped before its first checkpoint: it is trained again
    argv, status = averaging("--run", "0", "--resume")
    assert status == 0
    assert argv[-2:] == ["--same_table", "the table"]
    assert averaging.asked[-1][-2:] == ["--same_table", "the table"]
    assert "--data.on_findings=skip" not in averaging.asked[-1]


def test_what_is_trained_is_not_trained_again(averaging, capsys):
    averaging.ends[2] = 75
    assert averaging("--seeds", "3", *OPTIONS)[1] == 75
    assert f"finetune fit --run {RUN} --resume" in capsys.readouterr().err
    assert main(["runs"]) == 0
    assert "unfinished" in capsys.readouterr().out
    argv, status = averaging("--run", "latest", "--resume", "--seeds", "3", *OPTIONS)  # as a scheduler does
    assert (argv, status) == (["fit", *OPTIONS, "--seeds=3", f"--folder={RUN}"], 0)
    assert len(averaging.asked) == 4
    assert averaging.asked[2] == ["--run", str(RUN / "seeds/43"), "--resume"]


def test_the_run_that_waits_is_the_last_whatever_it_waits_for(averaging):
    averaging.ends[2] = 75
    averaging("--seeds", "3", *OPTIONS)
    other = RUN.with_name("version_1")
    other.mkdir()
    (other / "effort.json").write_text("{}")
    later = (RUN / "seeds.json").stat().st_mtime_ns + 10**9
    os.utime(other / "effort.json", ns=(later, later))
    assert averaging("--run", "latest", "--resume") == (["fit", "--run", "latest", "--resume"], 0)
    assert averaging("--run", "0", "--resume")[0][-1] == f"--folder={RUN}"


def test_a_run_whose_networks_are_trained_goes_on_as_their_mean(averaging):
    averaging("--seeds", "3", *OPTIONS)
    (RUN / "config.yaml").write_text("data: {}\n")
    for name in ("latest", "0", str(RUN)):
        argv, status = averaging("--run", name, "--resume")
        assert (argv, status) == (["fit", "--run", name, "--resume", "--seeds=3"], 0)
    assert len(averaging.asked) == 3


def test_one_that_ends_before_anything_was_trained_leaves_nothing(averaging):
    averaging.ends[1] = 2
    assert averaging("--seeds", "3", *OPTIONS)[1] == 2
    assert not list(Path("lightning_logs").iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seeds", "1"], "--seeds 1: give a whole number of at least 2"),
        (["--seeds", "many"], "--seeds many: give a whole number"),
        (["--seeds=3", "--run", "3"], "begins a new run"),
        (["--seeds=3", "--ckpt_path", "x.ckpt"], "begins a new run"),
        (["--seeds=3", "--adapt_first", "t.txt"], "begins all its networks from one model"),
    ],
)
def test_what_does_not_go_with_it_is_refused(averaging, words, message):
    with pytest.raises(ConfigError, match=message):
        averaging(*words, *OPTIONS)
    assert not Path("lightning_logs").exists()


def test_torchrun_is_refused(averaging, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="started once, without torchrun"):
        averaging("--seeds=3", *OPTIONS)


def test_it_goes_on_with_as_many_as_were_begun(averaging):
    averaging.ends[2] = 75
    averaging("--seeds=3", *OPTIONS)
    with pytest.raises(ConfigError, match="was begun with --seeds 3, and cannot go on with 2"):
        averaging("--run", "0", "--resume", "--seeds", "2")


def test_options_of_anothers_run_are_looked_at_before_they_run(averaging):
    RUN.mkdir(parents=True)
    content = {"options": ["--task=evil.module:run"], "seeds": [1, 2]}
    (RUN / "seeds.json").write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=r"evil\.module"):
        averaging("--run", "0", "--resume")
    assert not averaging.asked
