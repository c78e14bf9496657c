"""The run fits the machine: what `fit` then does, one process or two, and what `plan` says beforehand."""

import io
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml

from callbacks import hardware_tier
from callbacks.hardware.machine import Device, Machine
from callbacks.hardware.plan import Decision
from finetune.language.which import speaking
from finetune.model.head_start import Started
from tests.processes import finetune as finetune_here
from tests.processes import start

RUN = Path("lightning_logs/version_0")
QUICK = ["--baselines=null", "--mix=none", "--data.on_findings=skip"]
SHORT = ["--trainer.max_epochs", "1", *QUICK]
GIB = 2**30


@pytest.fixture
def still_model(tiny_model, tmp_path):
    """The tiny model without dropout: what it learns depends on the rows alone."""
    from transformers import AutoModel, AutoTokenizer

    folder = tmp_path / "still"
    model = AutoModel.from_pretrained(tiny_model)
    model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = 0.0
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(folder)
    return folder


def last_weights(run=RUN):
    return torch.load(run / "checkpoints/last.ckpt", weights_only=True)["state_dict"]


def assert_same(found, expected):
    """Same weights to 1e-5, but for the biases of attention's keys.

    They add the same to all scores of a query and so change nothing: their gradient is 0 but for rounding, which Adam
    scales up to whole steps.
    """
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert name.endswith("key.bias") or torch.allclose(found[name], tensor, atol=1e-5), name


TWENTY_STEPS = ["--trainer.max_steps=20", "--trainer.max_epochs=-1", "--trainer.precision=32-true", *QUICK]


def test_20_split_and_20_unsplit_steps_give_the_same_weights(finetune, table, still_model):
    options = ["--data.path", table, "--model.name", still_model, *TWENTY_STEPS]
    for accumulation in (1, 4, 8):
        assert finetune("fit", *options, f"--hardware_tier.accumulation={accumulation}") == 0
    whole, split, single = (last_weights(Path(f"lightning_logs/version_{i}")) for i in range(3))
    assert_same(split, whole)
    assert_same(single, whole)
    found = json.loads(Path("lightning_logs/version_1/hardware.json").read_text(encoding="utf-8"))
    assert found["plan"]["accumulation"]["value"] == 4
    assert found["plan"]["accumulation"]["decided_by"] == "option of HardwareTier"
    assert found["plan"]["effective_batch_size"] == 8


def test_two_processes_with_split_steps_give_the_weights_of_one(finetune, table, still_model, tmp_path):
    from tests.journeys.conftest import TINY

    assert finetune("fit", "--data.path", table, "--model.name", still_model, *TWENTY_STEPS) == 0
    options = [f"{key}={value}" for key, value in (TINY | {"--model.name": str(still_model)}).items()]
    options += ["--trainer.devices=2", "--trainer.accelerator=cpu", "--trainer.strategy=ddp", *TWENTY_STEPS]
    for accumulation in (1, 2):
        split = f"--hardware_tier.accumulation={accumulation}"
        ended = start(2, finetune_here, "fit", "--data.path", table, *options, split, folder=tmp_path).wait()
        assert [process.status for process in ended] == [0, 0], ended[1].err
        assert_same(last_weights(Path(f"lightning_logs/version_{accumulation}")), last_weights())
    plan = json.loads(Path("lightning_logs/version_2/hardware.json").read_text(encoding="utf-8"))
    assert (plan["plan"]["processes"], plan["plan"]["accumulation"]["value"]) == (2, 2)
    # each process exchanges its gradients through copies of them
    assert plan["estimate"]["buckets_gib"] == plan["estimate"]["gradients_gib"] > 0


def test_the_table_says_who_decided_and_the_record_says_the_same(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, *SHORT, "--trainer.precision", "32-true") == 0
    said = capsys.readouterr().err
    assert "precision             32-true     option of the Trainer" in said
    assert "micro-batches         1           HardwareTier: the whole fits" in said
    record = json.loads((RUN / "hardware.json").read_text(encoding="utf-8"))
    assert record["plan"]["precision"]["value"] == "32-true"
    assert record["plan"]["precision"]["decided_by"] == "option of the Trainer"
    assert record["estimate"]["fits"]
    assert record["measured_peak"]["process_gib"] > record["estimate"]["peak_gib"]


def test_an_explicit_1_is_told_from_the_default(finetune, table):
    assert finetune("fit", "--data.path", table, *SHORT, "--trainer.accumulate_grad_batches", "1") == 0
    record = json.loads((RUN / "hardware.json").read_text(encoding="utf-8"))
    assert record["plan"]["accumulation"]["decided_by"] == "option of the Trainer"
    assert finetune("fit", "--data.path", table, *SHORT) == 0
    config = yaml.safe_load(Path("lightning_logs/version_1/config.yaml").read_text(encoding="utf-8"))
    # the saved configuration leaves to the next machine what this one decided
    assert config["trainer"]["accumulate_grad_batches"] is None
    assert config["trainer"]["precision"] is None


@pytest.fixture
def card(monkeypatch):
    """Has the run planned for an 8 GB Turing card: it still computes on this CPU."""
    device = Device("cuda", "RTX 2080", 8 * GIB, 7 * GIB, (7, 5))
    monkeypatch.setattr(hardware_tier, "this_machine", lambda _: Machine(device, 1, 8, 16 * GIB, 8 * GIB))


def test_each_command_computes_in_the_precision_of_the_card(finetune, table, card, monkeypatch):
    seen = []
    from finetune.model.classifier import TextClassifier

    original = TextClassifier.forward

    def spy(self, batch):
        if self._trainer is not None:
            seen.append((self.trainer.state.fn.value, str(self.trainer.precision)))
        return original(self, batch)

    monkeypatch.setattr(TextClassifier, "forward", spy)
    assert finetune("fit", "--data.path", table, *SHORT) == 0
    assert finetune("validate", "--run", "0") == 0
    assert finetune("test", "--run", "0") == 0
    assert finetune("predict", "--run", "0", "--data.predict_path", table, "--output", "saida.csv") == 0
    assert set(seen) == {(fn, "16-mixed") for fn in ("fit", "validate", "test", "predict")}


def test_out_of_memory_is_survived_with_the_rows_of_a_step_kept(finetune, table, card, monkeypatch):
    """A card that has room for 60 tokens of a training batch and 200 of another."""
    from finetune.model.classifier import TextClassifier

    original = TextClassifier.forward
    steps = []

    def cramped(self, batch):
        ids = batch["input_ids"]
        if type(ids) is torch.Tensor and ids.numel() > (60 if self.training else 200):
            raise torch.OutOfMemoryError("CUDA out of memory")
        if self.training and self._trainer is not None and self.trainer.state.stage == "train":
            steps.append((int(batch["step_rows"]), len(ids)))
        return original(self, batch)

    monkeypatch.setattr(TextClassifier, "forward", cramped)
    assert finetune("fit", "--data.path", table, *SHORT) == 0
    record = json.loads((RUN / "hardware.json").read_text(encoding="utf-8"))["plan"]
    parts = record["accumulation"]["value"]
    assert parts > 1
    assert record["accumulation"]["decided_by"] == "HardwareTier: until the trial run fitted"
    assert record["eval_tokens"]["value"] < 200
    assert record["tried"]
    trained = steps[-144 // 8 * parts :]
    assert sum(rows for _, rows in trained) == 144
    assert {step for step, _ in trained} == {8}


def test_nothing_fits_is_one_message_with_the_ways_out(finetune, table, card, monkeypatch, capsys):
    from finetune.model.classifier import TextClassifier

    original = TextClassifier.forward

    def full(self, batch):
        if type(batch["input_ids"]) is torch.Tensor:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return original(self, batch)

    monkeypatch.setattr(TextClassifier, "forward", full)
    assert finetune("fit", "--data.path", table, *SHORT) == 2
    said = capsys.readouterr().err
    assert "does not fit into the memory of RTX 2080" in said
    assert "rows of half the length (a smaller max_length):" in said
    assert "Traceback" not in said
    assert not list(Path("lightning_logs").glob("*"))


@pytest.mark.parametrize(
    ("parts", "resume", "status"), [(2, [], 0), (2, ["--hardware_tier.accumulation=1"], 2)]
)
def test_a_run_that_was_cut_off_within_an_epoch_goes_on_with_its_micro_batches(
    parts, resume, status, finetune, table, still_model, capsys
):
    """Lightning counts micro-batches: with others of them its steps would begin in the middle of one."""
    Path("cortada.py").write_text(
        "import lightning.pytorch as pl\n"
        "class Cut(pl.Callback):\n"
        "    def on_train_batch_end(self, trainer, *_):\n"
        "        if trainer.global_step == 12:\n"
        "            raise RuntimeError('power cut')\n",
        encoding="utf-8",
    )
    options = ["--data.path", table, "--model.name", still_model, "--trainer.precision=32-true"]
    options += ["--trainer.max_epochs=2", "--trainer.val_check_interval=0.5", "--early_stopping=null", *QUICK]
    options += [f"--hardware_tier.accumulation={parts}"]
    assert finetune("fit", *options) == 0
    with pytest.raises(RuntimeError, match="power cut"):
        finetune("fit", *options, "--trainer.callbacks+=cortada.Cut")
    cut = Path("lightning_logs/version_1")
    config = yaml.safe_load((cut / "config.yaml").read_text(encoding="utf-8"))
    config["trainer"]["callbacks"] = None
    (cut / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert torch.load(cut / "checkpoints/last.ckpt", weights_only=True)["global_step"] == 9
    capsys.readouterr()
    assert finetune("fit", "--run", "latest", "--resume", *resume) == status
    if status == 0:
        assert_same(last_weights(cut), last_weights())
    else:
        assert "with each step in 2 micro-batches, and is to go on with 1" in capsys.readouterr().err


# ---- finetune plan ------------------------------------------------------------------------------------------


def test_plan_tells_all_and_leaves_nothing(finetune, table, tiny_model, capsys, monkeypatch):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    assert finetune("plan", "--data.path", table, "--model.name", tiny_model, "--steps", 3) == 0
    out = capsys.readouterr().out
    starts = [line.split()[0] for line in out.splitlines() if not line.startswith(" ")]
    assert out.startswith("It fits. The run would take about ")
    assert starts == ["It", "machine", "tier", "plan", "step", "memory", "disk", "time", "To"]
    assert "16 rows at once" in out
    assert "(8 epochs).\n" in out
    assert out.endswith(f"To train it:\n  finetune fit --data.path {table} --model.name {tiny_model}\n")
    assert max(map(len, out.splitlines()[:-1])) <= 80  # the last is a command to copy
    assert not Path("lightning_logs").exists()


def test_plan_for_a_card_that_is_not_here_speaks_portuguese_too(
    finetune, table, tiny_model, capsys, monkeypatch
):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "pt")
    options = ["--data.path", table, "--model.name", tiny_model, "--gpu", "RTX 4060 8GB"]
    assert finetune("plan", *options) == 0
    out = capsys.readouterr().out
    assert out.startswith("Cabe.\nmáquina   RTX 4060 8 GB: 7,5 de 8,0 GiB livres\n")
    assert "precisão numérica     bf16-mixed  HardwareTier: a placa tem bf16 (16 bits)\n" in out
    assert "tempo     não se sabe: a placa não está aqui" in out
    assert max(map(len, out.splitlines()[:-1])) <= 80  # the last is a command to copy


@pytest.fixture
def weightless(tiny_model, tmp_path):
    """A folder that says what a model is like, and has its tokenizer."""
    folder = tmp_path / "desenho"
    folder.mkdir()
    for file in tiny_model.iterdir():
        if file.suffix != ".safetensors":
            shutil.copy(file, folder)
    return folder


def test_what_a_model_is_like_is_enough_to_plan_by(
    finetune, table, tiny_model, weightless, capsys, monkeypatch
):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    told = []
    for folder in (tiny_model, weightless):
        options = ("--data.path", table, "--model.name", folder, "--gpu", "RTX 4060 8GB")
        assert finetune("plan", *options) == 0
        out = capsys.readouterr().out.replace(str(folder), "MODEL")
        told.append(re.sub(r"memory +[\d.]+ of", "memory X of", out))  # what the machine has free at the time
    assert told[0] == told[1]
    assert finetune("plan", "--data.path", table, "--model.name", weightless) == 0
    out = capsys.readouterr().out
    assert "time      not known: its weights are not here" in out
    assert "memory    " in out


def test_what_lacks_weights_is_not_trained_and_what_lacks_a_tokenizer_is_told_where_it_may_be(
    finetune, table, tiny_model, weightless, capsys
):
    assert finetune("fit", "--data.path", table, "--model.name", weightless) == 2
    assert "cannot be used: no weights (model.safetensors or" in capsys.readouterr().err
    for file in weightless.glob("tokenizer*"):
        file.unlink()
    options = ("plan", "--data.path", table, "--model.name", weightless, "--gpu", "RTX 4060 8GB")
    assert finetune(*options) == 2
    assert "a folder that has one: --data.tokenizer FOLDER" in capsys.readouterr().err
    assert finetune(*options, "--data.tokenizer", tiny_model) == 0
    assert "DOES NOT FIT" not in capsys.readouterr().out


def test_a_plan_that_does_not_fit_says_so_by_its_status(finetune, table, tiny_model, capsys, monkeypatch):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    tiny = Device("cuda", "tiny card", GIB, 10_000, (8, 6), bf16=True)
    from finetune.commands.plan import command as planning

    monkeypatch.setattr(planning, "card_device", lambda name: tiny)
    assert finetune("plan", "--data.path", table, "--model.name", tiny_model, "--gpu", "tiny") == 1
    out = capsys.readouterr().out
    assert out.startswith("It does NOT fit.\n")
    assert "DOES NOT FIT" in out
    assert "nothing else fits; costs 20" in out
    assert "- rows of half the length (a smaller max_length):" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--gpu", "RTX 4061"], "Near to it: RTX 4060"),
        (["--gpu", "RTX 4060 24GB"], "the RTX 4060 has 8 GB, not 24 GB."),
        (["--steps", "0"], "--steps 0: give 1 or more"),
        (["--hardware_tier", "null"], "leave --hardware_tier switched on"),
        (["--data.path", "nada.csv"], "nada.csv"),
    ],
)
def test_a_plan_that_cannot_be_made_is_one_message(finetune, table, tiny_model, capsys, options, message):
    assert finetune("plan", "--data.path", table, "--model.name", tiny_model, *options) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--hardware_tier.accumulation=0", "HardwareTier(accumulation=0): give 'auto', or 1 or more."),
        ("--early_stopping.patience=0", "EarlyStopping(patience=0): give 1 or more"),
    ],
)
def test_a_wrong_option_of_a_callback_is_one_message(finetune, table, capsys, option, message):
    assert finetune("fit", "--data.path", table, option) == 2
    said = capsys.readouterr().err
    assert f"error: {message}" in said
    assert "Union" not in said


def test_a_step_has_no_more_rows_than_the_table(finetune, table, capsys, tiny_model):
    assert finetune("fit", "--data.path", table, *SHORT, "--data.effective_batch_size", 200) == 0
    assert "step      144 rows at once" in capsys.readouterr().err


def test_a_plan_takes_no_run(finetune, trained, capsys):
    assert finetune("plan", "--run", "latest") == 2
    assert "finetune plan --config lightning_logs/version_0/config.yaml" in capsys.readouterr().err
    assert finetune("plan", "--config", trained / "config.yaml") == 0


def test_an_epoch_is_read_off_between_the_timed_steps():
    from finetune.cli.timing import epoch_timing

    # 100 tokens take a second, 200 take 3: long texts cost more than by the token
    timing = epoch_timing([1.0, 3.0], [100, 200], [100, 100, 150, 200], rows=64, validation_tokens=55)
    assert timing.epoch_seconds == pytest.approx(7 + 7 / 10 / 3)
    assert (timing.rows_per_second, timing.steps) == (pytest.approx(64 / 7), 2)
    # the order does not matter, and what was sampled but not timed does not count
    assert (
        epoch_timing([3.0, 1.0], [200, 100, 150], [100, 100, 150, 200], rows=64, validation_tokens=55)
        == timing
    )


@pytest.mark.parametrize(("rows", "seconds"), [(1_000, 10.0), (5_000, 50.0), (90_000, 200.0)])
def test_the_heads_start_counts_by_the_rows_that_it_will_have(rows, seconds):
    from finetune.cli.planned import headline, time_lines
    from finetune.cli.timing import epoch_timing, start_seconds
    from tests.callbacks.hardware.test_plan_report import make_plan

    data = SimpleNamespace(train_rows=rows)
    started = Started(rows=1_000, strength=0.1, seconds=10.0, head={})
    start = start_seconds(SimpleNamespace(started=started), data)
    assert start == seconds
    assert start_seconds(SimpleNamespace(started=None), data, taken=3) == 0
    assert (
        start_seconds(SimpleNamespace(), data, taken=3) == 3
    )  # layers of another kind are started as always
    timing = epoch_timing([2.0, 2.0], [90, 110], [100, 100], rows=32, validation_tokens=0, start=start)
    assert timing.total(3) == seconds + 3 * 4.0
    if rows == 5_000:
        assert headline(make_plan(), timing, 3) == "It fits. The run would take about 1 min 2 s (3 epochs)."
        told = " ".join(" ".join(time_lines(timing, load=0, cores=2)).split())
        assert "about 50 s before the first" in told


def test_a_plan_of_one_epoch_warms_up_all_the_same(finetune, table, tiny_model, capsys, monkeypatch):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    options = ["--data.path", table, "--model.name", tiny_model, "--trainer.max_epochs", 1, "--steps", 2]
    seen = []
    from finetune.cli.timing import StepTimer

    original = StepTimer.timing
    monkeypatch.setattr(
        StepTimer,
        "timing",
        lambda self, model, data: (seen.append(self.passes), original(self, model, data))[1],
    )
    assert finetune("plan", *options) == 0
    assert [len(steps) for steps in seen[0]] == [2, 2]
    assert "(1 epoch).\n" in capsys.readouterr().out


def test_a_busy_machine_is_said_beside_the_time():
    from finetune.cli.planned import headline, seconds_allowed, time_lines
    from finetune.cli.timing import Timing
    from tests.callbacks.hardware.test_plan_report import make_plan

    timing = Timing(75.0, 16.2, 8)
    quiet = " ".join(time_lines(timing, load=0.4, cores=2))
    assert "about 1 min 15 s an epoch (16 rows a second in 8 timed steps)" in quiet
    assert "BUSY" not in quiet
    assert "load 4.0 on 2 cores" in " ".join(time_lines(timing, load=4.0, cores=2))
    assert "load 4.0 on 1 core)" in " ".join(time_lines(timing, load=4.0, cores=1.0))
    assert headline(make_plan(), timing, 4) == "It fits. The run would take about 5 min 0 s (4 epochs)."
    assert headline(make_plan(), timing, 4, most=300) == headline(make_plan(), timing, 4)
    assert seconds_allowed(None) is None
    assert seconds_allowed("00:00:02:00") == seconds_allowed({"minutes": 2}) == 120
    bounded = headline(make_plan(), timing, 4, most=120)
    assert bounded.endswith("--trainer.max_time ends it after 2 min 0 s: that is too short for all of it.")
    with speaking("pt"):
        long = headline(make_plan(), Timing(93784.0, 1.0, 1), 1)
        assert long == "Cabe. O treino levaria cerca de 1 d 2 h (1 época)."
        assert (
            "(1 linha por segundo em 1 passo medido)" in time_lines(Timing(60.0, 1.0, 1), load=0, cores=2)[0]
        )
    unknown = make_plan(estimate=None, proved=None)
    assert headline(unknown, None, 4) == "Whether it fits cannot be told before it is tried."


def test_disk_needed_is_what_a_run_takes(trained, finetune):
    from finetune.cli.planned import disk_needed
    from tests.callbacks.hardware.test_plan_report import make_plan

    state = torch.load(trained / "checkpoints/last.ckpt", weights_only=True)
    parameters = sum(tensor.numel() for tensor in state["state_dict"].values())
    needed, more = disk_needed(make_plan(parameters=parameters, trainable=parameters))
    files = [
        trained / name
        for name in ("checkpoints/best.ckpt", "checkpoints/last.ckpt", "model/model.safetensors")
    ]
    same_for_all = io.BytesIO()  # random states and counts, which are as large for a model of any size
    torch.save(state["exact_state"], same_for_all)
    sizes = [file.stat().st_size for file in files]
    sizes[1] -= len(same_for_all.getvalue())
    assert sum(sizes) == pytest.approx(needed, rel=0.2)
    assert sizes[1] == pytest.approx(more, rel=0.2)


def test_disk_needed_with_adapters_is_the_model_and_what_learns():
    from finetune.cli.planned import disk_needed
    from tests.callbacks.hardware.test_plan_report import make_plan

    plan = make_plan(parameters=1000, trainable=10, lora=Decision(True, "model"))
    assert disk_needed(plan) == (4 * 1000 + 4 * 10 + 12 * 10, 12 * 10)
    without = make_plan(parameters=1000, trainable=10, lora=Decision(False, "auto", "only_then"))
    assert disk_needed(without) == (4 * 1000 + 4 * 1000 + 4 * 1000 + 8 * 10, 4 * 1000 + 8 * 10)
