import json
from pathlib import Path

import pandas as pd
import pytest

from finetune.__main__ import main
from finetune.commands.crossval import command as crossval
from finetune.runs.lock import RunLock
from tests.english import english_sentences

FOLDER = Path("lightning_logs/crossval_0")
DATA = ["--data.path", "dados.csv"]


def content():
    return json.loads((FOLDER / "crossval.json").read_text(encoding="utf-8"))


def test_each_fold_is_a_fit_with_the_options_as_they_were_typed(fits):
    assert main(["crossval", *DATA, "--folds", "4", "--trainer.max_epochs=2"]) == 0
    assert len(fits.calls) == 4
    for number, call in enumerate(fits.calls, 1):
        assert call[:3] == [*DATA, "--trainer.max_epochs=2"]
        cut = ["--data.folds=4", f"--data.fold={number}", "--data.fold_seed=42", "--seed_everything=42"]
        # the first fold says what is wrong with the data, and so for all
        cut += ["--data.on_findings=skip"] if number > 1 else []
        assert call[3 : 5 + len(cut)] == [*cut, "--folder", str(FOLDER / f"fold_{number}")]
    assert "--same_table" not in fits.calls[0]
    assert all(call[-2:] == ["--same_table", "t1"] for call in fits.calls[1:])


def test_a_word_that_belongs_to_no_option_is_told_before_a_folder_is_made(fits, capsys):
    assert main(["crossval", "minhas", "perguntas.csv"]) == 2
    assert '\n  finetune crossval --data.path "minhas perguntas.csv"\n' in capsys.readouterr().err
    assert not FOLDER.exists()


def test_who_says_what_to_do_with_findings_is_asked_each_time(fits):
    assert main(["crossval", *DATA, "--folds", "2", "--data.on_findings", "error"]) == 0
    assert not any("--data.on_findings=skip" in call for call in fits.calls)


def test_five_folds_and_one_seed_are_the_default(fits):
    assert main(["crossval", *DATA]) == 0
    assert (content()["folds"], content()["seeds"], len(fits.calls)) == (5, [42], 5)


def test_each_repeat_has_a_seed_and_a_folder_of_its_own(fits, capsys):
    assert main(["crossval", *DATA, "--folds=2", "--seeds", "2", "--seed_everything", "7"]) == 0
    assert [call[call.index("--folder") + 1] for call in fits.calls] == [
        str(FOLDER / f"seed_{seed}" / f"fold_{number}") for seed in (7, 8) for number in (1, 2)
    ]
    assert "--seed_everything=8" in fits.calls[2]
    assert content()["seeds"] == [7, 8]
    assert "fold 2 of 2 (seed 8)" in capsys.readouterr().out
    answers = pd.read_csv(FOLDER / "predictions.csv")
    assert answers["seed"].tolist() == [7] * 40 + [8] * 40
    assert answers["row"].tolist() == [*range(40)] * 2


def test_the_record_has_what_all_folds_say(fits):
    assert main(["crossval", *DATA]) == 0
    record = content()
    assert record["options"] == DATA
    assert len(record["runs"]) == 5
    assert record["runs"][2]["folder"] == "fold_3"
    assert record["runs"][2]["metrics"]["test"]["accuracy"] == pytest.approx(7 / 8)
    assert record["metrics"]["accuracy"]["mean"] == pytest.approx(7 / 8)
    assert record["metrics"]["accuracy"]["values"] == pytest.approx([7 / 8] * 5)
    assert record["metrics"]["loss"]["mean"] is None
    assert record["per_class"]["Clima"]["rows"] + record["per_class"]["Pecuária"]["rows"] == 40
    assert record["baselines"]["majority"]["f1_macro"]["mean"] == pytest.approx(0.33)
    assert record["difference"]["mean"] == pytest.approx(7 / 8 - 0.33)
    assert record["test_rows_per_training_row"] == pytest.approx(8 / 30)
    assert (record["held_out"], record["untouched"]) == (40, 1234)
    assert record["verdict"]["en"].startswith("Over the folds the trained model beats")
    assert record["verdict"]["pt"].startswith("Nas dobras, o modelo ajustado supera")


def test_the_weights_of_a_fold_go_unless_they_are_to_be_kept(fits, capsys):
    assert main(["crossval", *DATA, "--folds", "3"]) == 0
    assert not [*FOLDER.rglob("checkpoints"), *FOLDER.rglob("model")]
    assert capsys.readouterr().out.count("--keep_models keeps them") == 1
    assert main(["crossval", *DATA, "--folds", "3", "--keep_models"]) == 0
    second = FOLDER.with_name("crossval_1")
    assert len([*second.rglob("last.ckpt"), *second.rglob("model")]) == 6
    assert "--keep_models keeps them" not in capsys.readouterr().out


def test_a_fold_that_fails_ends_all_with_its_status_and_says_how_to_go_on(fits, capsys):
    fits.ends[3] = 7
    assert main(["crossval", *DATA]) == 7
    assert (
        f"2 of 5 folds are done. To go on:\n  finetune crossval --run {FOLDER} --resume"
        in capsys.readouterr().err
    )
    before = (FOLDER / "fold_2" / "metrics.json").stat().st_mtime_ns
    assert main(["crossval", "--run", str(FOLDER), "--resume"]) == 0
    assert [call[3] for call in fits.calls[3:]] == ["--data.fold=3", "--data.fold=4", "--data.fold=5"]
    assert (FOLDER / "fold_2" / "metrics.json").stat().st_mtime_ns == before
    assert len(content()["runs"]) == 5


@pytest.mark.parametrize(
    "how", [["--run", "latest"], ["--run", "0"], ["--run", "crossval_0"], [*DATA, "--folds", "5"]]
)
def test_one_goes_on_by_name_or_by_the_same_options(fits, how):
    fits.ends[2] = 1
    assert main(["crossval", *DATA]) == 1
    assert main(["crossval", *how, "--resume"]) == 0
    assert len(fits.calls) == 2 + 4
    assert not FOLDER.with_name("crossval_1").exists()


def test_one_goes_on_by_the_name_that_it_was_given_and_the_names_there_are_stand_in_the_error(fits, capsys):
    fits.ends[2] = 1
    assert main(["crossval", *DATA]) == 1
    assert main(["runs", "name", "crossval_0", "dobras"]) == 0
    assert main(["crossval", "--run", "outras", "--resume"]) == 2
    assert "crossval_0 (dobras)" in capsys.readouterr().err
    assert main(["crossval", "--run", "dobras", "--resume"]) == 0
    assert len(fits.calls) == 2 + 4


def test_a_fold_that_has_a_checkpoint_goes_on_and_another_half_one_starts_anew(fits):
    fits.ends[2] = fits.ends[3] = fits.ends[4] = 1
    assert main(["crossval", *DATA, "--folds", "2"]) == 1
    half = FOLDER / "fold_2"
    (half / "checkpoints").mkdir(parents=True)
    (half / "fold.json").write_text('{"table": "t1"}')
    assert main(["crossval", "--run", "0", "--resume"]) == 1
    assert not half.exists()
    assert "--folder" in fits.calls[-1]
    (half / "checkpoints").mkdir(parents=True)
    (half / "fold.json").write_text('{"table": "t1"}')
    (half / "checkpoints" / "last.ckpt").write_text("x")
    assert main(["crossval", "--run", "0", "--resume"]) == 1
    assert fits.calls[-1] == ["--run", str(half), "--resume", "--same_table", "t1"]


def test_an_interrupted_one_says_how_to_go_on(fits, capsys):
    fits.ends[2] = KeyboardInterrupt()
    assert main(["crossval", *DATA]) == 130
    assert "1 of 5 folds is done. To go on" in capsys.readouterr().err


def test_one_that_was_asked_to_stop_begins_no_other_fold_and_says_how_to_go_on(fits, capsys):
    fits.ends[2] = 75
    assert main(["crossval", *DATA]) == 75
    assert len(fits.calls) == 2
    assert (
        f"1 of 5 folds is done. To go on:\n  finetune crossval --run {FOLDER} --resume"
        in capsys.readouterr().err
    )


def test_one_that_is_asked_to_stop_before_anything_is_saved_is_there_to_go_on_with(fits, capsys):
    fits.ends[1] = 75
    assert main(["crossval", *DATA]) == 75
    assert "0 of 5 folds are done. To go on" in capsys.readouterr().err
    assert FOLDER.is_dir()


def test_two_processes_do_not_train_one_cross_validation(fits, capsys):
    fits.ends[2] = 75
    assert main(["crossval", *DATA]) == 75
    other = RunLock()
    other.hold(FOLDER)
    assert main(["crossval", "--run", "0", "--resume"]) == 2
    assert "is being trained by another process" in capsys.readouterr().err
    other.release()
    fold = FOLDER / "fold_2"
    fold.mkdir(exist_ok=True)
    other = RunLock()
    other.hold(fold)  # a fold that outlives its crossval for a moment
    assert main(["crossval", "--run", "0", "--resume"]) == 2
    assert "fold_2 is being trained by another process" in capsys.readouterr().err
    assert fold.is_dir()
    other.release()


def test_where_nothing_was_trained_nothing_is_left(fits):
    fits.ends[1] = 2
    assert main(["crossval", *DATA]) == 2
    assert not list(Path("lightning_logs").iterdir())


def test_a_fold_that_was_not_measured_is_said(fits, monkeypatch, capsys):
    monkeypatch.setattr(crossval, "fit", lambda arguments: 0)
    assert main(["crossval", *DATA]) == 2
    assert "--trainer.fast_dev_run" in capsys.readouterr().err
    assert not list(Path("lightning_logs").iterdir())


BAD = {
    "one fold": (["--folds", "1"], "--folds 1: give a whole number of at least 2"),
    "a word": (["--folds", "dois"], "--folds dois"),
    "a negative number": (["--seeds=-1"], "--seeds -1"),
    "no seed": (["--seeds", "0"], "--seeds 0"),
    "a seed that is none": (["--seed_everything", "x"], "--seed_everything x"),
    "no value": (["--folds"], "--folds needs a value"),
    "an adapting": (["--adapt_first", "textos.txt"], "--adapt_first goes with fit"),
    "what is set here": (["--data.fold=2"], "--data.fold is set for each fold"),
    "a run to write over": (["--run", "latest"], "add --resume"),
    "none to go on with": (["--run", "latest", "--resume"], 'no cross-validation "latest"'),
    "none of these options": ([*DATA, "--resume"], "was started with these options"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_options_are_named_before_anything_is_done(fits, capsys, what):
    options, message = BAD[what]
    assert main(["crossval", *options]) == 2
    assert message in capsys.readouterr().err
    assert not fits.calls
    assert not Path("lightning_logs").exists()


def test_a_run_gives_its_settings_alone(fits, capsys):
    run = Path("lightning_logs/baseline_0")
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("seed_everything: 7\n", encoding="utf-8")
    assert main(["crossval", "--run", "baseline_0"]) == 2
    assert f"\n  finetune crossval --config {run / 'config.yaml'}" in capsys.readouterr().err
    assert not fits.calls


@pytest.mark.parametrize("more", [["--folds", "4"], ["--seeds", "2"], ["--data.path", "outra.csv"]])
def test_one_does_not_go_on_as_something_else(fits, capsys, more):
    Path("outra.csv").touch()
    assert main(["crossval", *DATA]) == 0
    assert main(["crossval", "--run", "0", "--resume", *more]) == 2
    assert "was started otherwise: --folds 5 --seeds 1 --data.path dados.csv" in capsys.readouterr().err


TORN = ["", "{", "[]", "3", '{"folds": 5}', '"x"', "\xff"]


@pytest.mark.parametrize("content", TORN)
@pytest.mark.parametrize("name", ["crossval.json", "fold_1/fold.json"])
@pytest.mark.parametrize("how", [["--run", "0"], DATA])
def test_one_that_is_torn_is_told_by_its_file(fits, capsys, name, content, how):
    fits.ends[2] = 75
    assert main(["crossval", *DATA]) == 75
    (FOLDER / name).write_bytes(content.encode("latin-1"))
    assert main(["crossval", *how, "--resume"]) == 2
    said = capsys.readouterr().err
    assert f"{FOLDER / name} is damaged: " in said
    assert "without --resume" in said if name == "crossval.json" else "Remove the folder of that fold" in said
    assert len(fits.calls) == 2


@pytest.mark.parametrize("content", ["", "a,b\n", "split,row\ntest,um\n", 'a,"', "\xff"])
def test_answers_of_a_fold_that_are_torn_are_told_by_their_file(fits, capsys, content):
    fits.ends[2] = 75
    assert main(["crossval", *DATA, "--folds", "2"]) == 75
    file = FOLDER / "fold_1" / "predictions.csv"
    file.write_bytes(content.encode("latin-1"))
    assert main(["crossval", "--run", "0", "--resume"]) == 2
    assert f"{file} is damaged: " in capsys.readouterr().err


def test_under_torchrun_it_is_refused(fits, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["crossval", *DATA]) == 2
    assert "without torchrun" in capsys.readouterr().err


def test_help_lists_its_own_options_and_where_the_others_are(fits, capsys):
    assert main(["crossval", "--help"]) == 0
    shown = capsys.readouterr().out
    for option in ("--folds", "--seeds", "--keep_models", "--resume", "--run", "finetune fit --help"):
        assert option in shown
    assert not fits.calls


def test_in_portuguese_all_that_it_says_by_itself_is_portuguese(fits, capsys):
    fits.ends[2] = 1
    assert main(["crossval", *DATA, "--language", "pt"]) == 1
    assert main(["crossval", "--run", "0", "--resume", "--language", "pt"]) == 0
    assert main(["crossval", "--help", "--language", "pt"]) == 0
    captured = capsys.readouterr()
    assert (
        f"1 de 5 dobras está pronta. Para continuar:\n  finetune crossval --run {FOLDER} --resume"
        in captured.err
    )
    assert "dobra 1 de 5 (semente 42): já está pronta" in captured.out
    assert english_sentences(captured.out + captured.err) == []
    assert all(len(line) <= 80 for line in captured.out.splitlines() if line.startswith("  "))
