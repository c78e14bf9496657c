"""One training, and one evaluation, on 1, 2, 3 and 4 processes: the same answer."""

import errno
import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from tests.journeys.conftest import TINY, call, write_table
from tests.kinds import KINDS
from tests.made_once import made_once
from tests.processes import finetune, start

RUN = Path("lightning_logs/version_0")


@pytest.fixture(scope="module")
def still_model(tiny_model, tmp_path_factory):
    """The tiny model without dropout: no random number depends on the number of processes."""

    def make(folder):
        shutil.copytree(tiny_model, folder, dirs_exist_ok=True)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")

    return made_once(tmp_path_factory, "still_model", make)


@pytest.fixture(scope="module")
def small_table(tmp_path_factory):
    return (
        made_once(tmp_path_factory, "small_table", lambda folder: write_table(folder / "dados.csv"))
        / "dados.csv"
    )


# What each process would do besides, to the same end
QUICK = {
    "--hardware_tier": "null",
    "--data.on_findings": "skip",
    "--baselines": "null",
    "--write_report": "false",
}


def devices(count):
    return ["--trainer.accelerator=cpu", f"--trainer.devices={count}", "--trainer.strategy=ddp"]


def losses(run):
    """The training loss of each step, as TensorBoard shows it: {step: [values]}."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run))
    events.Reload()
    found: dict[int, list[float]] = {}
    for event in events.Scalars("train/loss"):
        found.setdefault(event.step, []).append(event.value)
    return found


@pytest.fixture(scope="module")
def trained(still_model, small_table, tmp_path_factory):
    """A function that trains 30 steps in so many processes and micro-batches, once each; gives the run folder."""

    def train(processes, accumulation, head_start="none"):
        def make(folder):
            options = TINY | QUICK
            options |= {
                "--model.name": still_model,
                "--model.head_start": head_start,
                # few steps from nothing; what begins as a regression is spoilt by so large ones
                "--model.learning_rate": "0.01" if head_start == "none" else "0.0001",
                "--trainer.precision": "32-true",
                # 144 rows: the last step of each epoch has 4, fewer than 4 processes x 2 micro-batches
                "--data.effective_batch_size": "10",
                "--trainer.max_epochs": "2",
                "--trainer.log_every_n_steps": "1",
                "--trainer.accumulate_grad_batches": accumulation,
                "--resource_monitor.interval_seconds": "0.2",
            }
            words = [f"{key}={value}" for key, value in options.items()]
            command = ("fit", "--data.path", small_table, *words)
            if processes == 1:
                assert call(folder, still_model, *command, "--trainer.accelerator=cpu") == 0
            else:
                ended = start(processes, finetune, *command, *devices(processes), folder=folder).wait()
                assert [each.status for each in ended] == [0] * processes, ended[-1].err
            assert [path.name for path in (folder / "lightning_logs").iterdir()] == ["version_0"]

        return made_once(tmp_path_factory, f"{processes}x{accumulation}_{head_start}", make) / RUN

    return train


@pytest.mark.parametrize(("processes", "accumulation"), [(1, 3), (2, 1), (2, 2), (4, 2)])
def test_the_loss_curve_is_that_of_one_process(trained, processes, accumulation):
    one, many = losses(trained(1, 1)), losses(trained(processes, accumulation))
    assert list(one) == list(many) == list(range(30))
    assert all(len(values) == 1 for values in many.values())  # logged by one process, once a step
    assert max(abs(a - b) for [a], [b] in zip(one.values(), many.values(), strict=True)) < 1e-4
    assert min(one.values())[0] < 0.8 * one[0][0]  # it has learned: there was something to get wrong


def test_the_loss_curve_of_a_started_head_is_that_of_one_process(trained):
    one, many = (losses(trained(*cut, head_start="auto")) for cut in ((1, 1), (3, 2)))
    assert list(one) == list(many) == list(range(30))
    assert max(abs(a - b) for [a], [b] in zip(one.values(), many.values(), strict=True)) < 1e-4
    assert one[0][0] < 0.8 * losses(trained(1, 1))[0][0]  # it was started
    assert sum(loss for [loss] in list(one.values())[-15:]) < sum(loss for [loss] in list(one.values())[:15])


def test_what_is_measured_afterwards_is_the_same_but_for_rounding(trained):
    one, four = (
        json.loads((trained(*cut) / "metrics.json").read_text(encoding="utf-8")) for cut in ((1, 1), (4, 2))
    )
    for part in ("validation", "test"):
        assert one[part]["confusion_matrix"] == four[part]["confusion_matrix"]
        assert four[part]["loss"] == pytest.approx(one[part]["loss"], abs=1e-4)


ADAPTERS = ["--model.lora={rank: 4, dropout: 0}", "--model.freeze_embeddings=true"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [("multi_label", []), ("ordinal", []), ("number", []), ("pair", []), ("single_label", ADAPTERS)],
    ids=["multi_label", "ordinal", "number", "pair", "adapters"],
)
def test_two_processes_train_and_measure_each_kind_as_one_does(still_model, tmp_path, kind, more):
    made = KINDS[kind](90)
    table = made.write(tmp_path / "dados.csv")
    options = TINY | QUICK
    options |= {
        "--model.name": still_model,
        "--trainer.precision": "32-true",
        "--trainer.max_epochs": "1",
        "--trainer.log_every_n_steps": "1",
    }
    words = [f"{key}={value}" for key, value in options.items()]
    command = ("fit", "--data.path", table, *made.options, *words, *more)
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    assert call(folders[0], still_model, *command, "--trainer.accelerator=cpu") == 0
    cut = ["--trainer.accumulate_grad_batches=2"] if more else []
    ended = start(2, finetune, *command, *cut, *devices(2), folder=folders[1]).wait()
    assert [each.status for each in ended] == [0, 0], ended[-1].err
    runs = [folder / RUN for folder in folders]
    one, two = map(losses, runs)
    assert list(one) == list(two)
    assert max(abs(a - b) for [a], [b] in zip(one.values(), two.values(), strict=True)) < 1e-4
    of_one, of_two = (json.loads((run / "metrics.json").read_text(encoding="utf-8")) for run in runs)
    score = of_one["ranked_by"]
    assert of_two["test"][score] == pytest.approx(of_one["test"][score], abs=1e-3)
    answers = [(run / "predictions.csv").read_text(encoding="utf-8").splitlines() for run in runs]
    assert len(answers[0]) == len(answers[1])


def test_the_machine_is_recorded_by_one_process(trained):
    rows = (trained(4, 2) / "resources.csv").read_text(encoding="utf-8").splitlines()
    times = [datetime.fromisoformat(row.split(",")[0]) for row in rows[1:]]
    assert 1 <= len(times) <= (times[-1] - times[0]).total_seconds() / 0.2 + 2
    writers = {file.name.split(".")[-2] for file in trained(4, 2).glob("events.out.tfevents.*")}
    assert len(writers) == 1  # the process that wrote stands in the name


BATCH_TOKENS = (64, 4096)


def measure(run, table, part, output):
    """Lets the best model of a run answer a part in batches of each size; writes all that is measured; one of several."""
    import lightning.pytorch as pl
    import torch

    from finetune.data.module import TextData
    from finetune.evaluation.measured import measure as measured
    from finetune.model.classifier import TextClassifier

    processes = int(os.environ["WORLD_SIZE"])
    for batch_tokens in BATCH_TOKENS:
        model = TextClassifier.load_from_checkpoint(run / "checkpoints" / "best.ckpt", weights_only=True)
        data = TextData(table, validation_fraction=0.2, eval_tokens=batch_tokens, pad_to=4)
        trainer = pl.Trainer(
            accelerator="cpu", devices=processes, strategy="ddp", logger=False, enable_checkpointing=False,
            enable_progress_bar=False, use_distributed_sampler=False,
        )  # fmt: skip
        found = measured(trainer, model, data, part, checkpoint=None)
        logged = {name: value.item() for name, value in trainer.callback_metrics.items()}
        if trainer.is_global_zero:
            kept = {"logits": found.logits, "rows": found.index, "logged": logged, "loss": found.loss}
            torch.save(kept, output / f"{processes}_{batch_tokens}.pt")
    return 0


def test_an_evaluation_is_that_of_one_process_to_the_last_digit(trained, small_table, tmp_path):
    import torch

    for count in (1, 2, 3):
        arguments = (trained(1, 1), small_table, "validation", tmp_path)
        ended = start(count, measure, *arguments, folder=tmp_path).wait()
        assert [each.status for each in ended] == [0] * count, ended[-1].err
    for batch_tokens in BATCH_TOKENS:
        one, *others = (
            torch.load(tmp_path / f"{count}_{batch_tokens}.pt", weights_only=False) for count in (1, 2, 3)
        )
        for many in others:
            assert many["rows"].tolist() == list(range(36))
            assert (one["logits"] == many["logits"]).all()
            assert one["logged"] == many["logged"]
            assert one["loss"] == many["loss"]


def test_the_predictions_of_three_processes_are_one_file_in_the_users_order(trained, tmp_path):
    table = tmp_path / "novos.csv"
    texts = ["o boi no pasto", "", "chuva " * 40, "preço da saca em alta hoje", "geada", "boi", "leite"]
    table.write_text(
        "id,texto\n" + "".join(f"{i},{text}\n" for i, text in enumerate(texts)), encoding="utf-8"
    )
    written = {}
    predict = ("predict", "--run", trained(1, 1), "--hardware_tier", "null", "--data.predict_path", table)
    for count in (1, 3):
        output = tmp_path / f"{count}.csv"
        command = (*predict, "--output", output)
        ended = start(count, finetune, *command, *devices(count), folder=tmp_path).wait()
        assert [each.status for each in ended] == [0] * count, ended[-1].err
        written[count] = output.read_bytes()
    assert written[1] == written[3]
    assert [line.split(",")[0] for line in written[3].decode().splitlines()[1:]] == [*"0123456"]


def in_small_windows(full, *command):
    """Predicts in windows of two rows; where the disk is to be full, it is when a round has been kept."""
    from finetune.data import module
    from finetune.evaluation.predicted.parts import Parts

    module.WINDOW = 2
    write, kept = Parts.write, []

    def counted(self, number, part):
        kept.append(number)
        if full and len(kept) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, number, part)

    Parts.write = counted
    return finetune(*command)


def test_a_prediction_goes_on_with_another_number_of_processes(trained, tmp_path):
    """A round of windows is kept; then the disk is full for all, and one process ends what two have begun."""
    texts = ["o boi no pasto", "chuva", "", "", "preço da saca em alta", "geada " * 9, "boi", "leite", "vaca"]
    (tmp_path / "novos.csv").write_text(
        "texto,n\n" + "".join(f"{text},1\n" for text in texts), encoding="utf-8"
    )
    command = ("predict", "--run", trained(1, 1), "--data.predict_path", "novos.csv", "--output", "s.csv")
    ended = start(2, in_small_windows, True, *command, *devices(2), folder=tmp_path).wait()
    assert [each.status for each in ended] == [2, 2], ended[1].err
    assert "s.csv.parts cannot be written: no space left on the disk" in ended[0].err
    assert len(list((tmp_path / "s.csv.parts").glob("window*"))) == 2
    written = []
    for count in (1, 3):
        ended = start(count, in_small_windows, False, *command, *devices(count), folder=tmp_path).wait()
        assert [each.status for each in ended] == [0] * count, ended[-1].err
        assert ("4 of 9 rows were answered before" in ended[0].err) == (count == 1)
        written.append((tmp_path / "s.csv").read_bytes())
    assert written[0] == written[1]
    assert [bool(line.split(",")[2]) for line in written[0].decode().splitlines()[1:]] == list(
        map(bool, texts)
    )


def test_a_file_of_the_users_own_ends_all_processes_before_a_row_is_computed(trained, tmp_path):
    (tmp_path / "novos.csv").write_text("texto\nboi\nvaca\nchuva\n", encoding="utf-8")
    (tmp_path / "meu.csv").write_text("nome,idade\n", encoding="utf-8")
    command = ("predict", "--run", trained(1, 1), "--data.predict_path", "novos.csv", "--output", "meu.csv")
    ended = start(2, finetune, *command, *devices(2), folder=tmp_path).wait()
    assert [each.status for each in ended] == [2, 2]
    assert "meu.csv: there is a file of this name" in ended[0].err
    assert "Traceback" not in ended[0].err + ended[1].err
    assert "Predicting" not in ended[0].out
    assert (tmp_path / "meu.csv").read_text(encoding="utf-8") == "nome,idade\n"


def tells_its_seed(model, table, output):
    """Trains a step, and writes what this process draws next and what the head began with; one of several."""
    import lightning.pytorch as pl
    import torch

    from finetune.data.module import TextData
    from finetune.model.classifier import TextClassifier

    pl.seed_everything(7)
    module = TextClassifier(str(model), learning_rate=0.0, head_learning_rate=0.0)
    trainer = pl.Trainer(
        accelerator="cpu", devices=2, strategy="ddp", logger=False, enable_checkpointing=False, max_steps=1,
        enable_progress_bar=False, limit_val_batches=0, use_distributed_sampler=False,
    )  # fmt: skip
    trainer.fit(module, datamodule=TextData(table))
    head = module.network.classifier.weight.sum().item()
    drawn = torch.rand(8).tolist()
    (output / f"{trainer.global_rank}.json").write_text(json.dumps([drawn, head]))
    return 0


def test_each_process_has_dropout_of_its_own_and_the_same_weights(still_model, small_table, tmp_path):
    ended = start(2, tells_its_seed, still_model, small_table, tmp_path, folder=tmp_path).wait()
    assert [each.status for each in ended] == [0, 0], ended[1].err
    (drawn0, head0), (drawn1, head1) = (
        json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1)
    )
    assert not set(drawn0) & set(drawn1)
    assert head0 == head1


def test_a_plan_for_two_processes_is_shown_once(still_model, small_table, tmp_path):
    command = ("plan", "--data.path", small_table, "--model.name", still_model, "--steps", "2", *devices(2))
    first, second = start(2, finetune, *command, folder=tmp_path).wait()
    assert (first.status, second.status) == (0, 0), second.err
    assert "rows shared out to 2 processes" in first.out + first.err
    assert "plan" not in second.out + second.err


def test_an_epoch_ends_where_one_process_has_met_no_row_since_it_went_on(still_model, small_table, tmp_path):
    """Of the last step, of one row, the second process has none; and the epoch is taken up there."""
    options = TINY | QUICK
    options |= {
        "--model.name": still_model,
        "--data.effective_batch_size": "11",
        "--trainer.max_epochs": "1",
        "--trainer.max_steps": "13",
        "--last_checkpoint.every_n_steps": "13",
    }
    words = [f"{key}={value}" for key, value in options.items()]
    command = ("fit", "--data.path", small_table, *words)
    (ended,) = start(1, finetune, *command, folder=tmp_path).wait()
    assert ended.status == 0, ended.err
    again = ("fit", "--run", "latest", "--resume", "--trainer.max_steps=14", *devices(2))
    ended = start(2, finetune, *again, folder=tmp_path).wait()
    assert [each.status for each in ended] == [0, 0], ended[1].err
    assert "It goes on after step 13" in ended[0].err


def test_what_two_processes_measure_is_shown_once(trained, tmp_path):
    command = ("test", "--run", trained(1, 1), "--trainer.precision=32-true", *devices(2))
    first, second = start(2, finetune, *command, folder=tmp_path).wait()
    assert (first.status, second.status) == (0, 0), second.err
    assert first.out.count("test  macro-F1") == 1
    assert "macro-F1" not in second.out


def test_another_number_of_processes_than_was_started_is_told_without_a_traceback(
    small_table, still_model, tmp_path
):
    command = ("fit", "--data.path", small_table, "--model.name", still_model, *devices(3))
    first, _ = start(2, finetune, *command, folder=tmp_path).wait(60)
    assert first.status == 2
    assert "does not match the world size (2)" in first.err
    assert "Traceback" not in first.err
