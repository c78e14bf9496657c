"""The main job, from a CSV to a tested, reloadable classifier, with a tiny model."""

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch

RUN = Path("lightning_logs/version_0")


def test_a_run_folder_has_always_the_same_files(trained, finetune):
    files = sorted(str(file.relative_to(trained)) for file in trained.rglob("*") if file.is_file())
    events = [file for file in files if file.startswith("events.out.tfevents.")]
    assert len(events) >= 1
    # attributions.json is there where the test has an error to explain
    assert sorted(set(files) - set(events) - {"attributions.json"}) == [
        "answer.json",
        "checkpoints/SHA256SUMS",
        "checkpoints/best.ckpt",
        "checkpoints/last.ckpt",
        "config.yaml",
        "data_report.json",
        "hardware.json",
        "label_errors.csv",
        "metrics.json",
        "model/README.md",
        "model/config.json",
        "model/model.safetensors",
        "model/tokenizer.json",
        "model/tokenizer_config.json",
        "predictions.csv",
        "report.html",
        "resources.csv",
        "split.csv",
        "trained_on.npy",
        "words.npz",
    ]


def test_it_learns_and_every_row_is_in_one_split(trained, finetune):
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["test"]["f1_macro"] > 0.9
    assert list(metrics["test"]["per_class"]) == ["Clima", "Pecuária", "Preços"]
    epochs = metrics["training"]["epochs"]
    assert [epoch["epoch"] for epoch in epochs] == list(range(1, len(epochs) + 1))
    assert epochs[metrics["training"]["kept_epoch"] - 1]["validation"] == pytest.approx(
        metrics["alone"]["network"]["validation"]["f1_macro"], abs=1e-6
    )
    split = pd.read_csv(trained / "split.csv")
    assert sorted(split.row) == list(range(180))
    assert split.split.value_counts().to_dict() == {"train": 144, "validation": 18, "test": 18}
    assert (split.line == split.row + 2).all()


def test_checkpoints_open_with_weights_only_and_best_has_no_optimizer(trained, finetune):
    best = torch.load(trained / "checkpoints/best.ckpt", weights_only=True)
    last = torch.load(trained / "checkpoints/last.ckpt", weights_only=True)
    assert "optimizer_states" not in best
    assert last["optimizer_states"]
    assert best["hyper_parameters"]["labels"] == ["Clima", "Pecuária", "Preços"]


def test_test_gives_the_number_that_fit_gave(trained, finetune, capsys):
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    from finetune.evaluation import printed as show_results

    seen = []
    original = show_results.show
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            show_results, "show", lambda report, task, **k: (seen.append(report), original(report, task, **k))
        )
        assert finetune("test", "--run", "latest") == 0
        assert finetune("validate", "--run", "0") == 0
    for report, part in zip(seen, ("test", "validation"), strict=True):
        for name in ("f1_macro", "accuracy", "mcc", "loss", "brier", "ece", "roc_auc"):
            assert report[name] == pytest.approx(metrics[part][name], abs=1e-6)
    assert sorted(Path("lightning_logs").iterdir()) == [RUN]


def test_only_training_says_what_starts_untrained(trained, finetune, capsys):
    assert finetune("test", "--run", "latest") == 0
    assert "untrained" not in capsys.readouterr().err
    assert finetune("fit", "--data.path", "dados.csv", "--trainer.max_epochs", 1) == 0
    assert "layers that start untrained: classifier" in capsys.readouterr().err


def test_predict_keeps_the_users_order_table_and_dialect(trained, finetune, tmp_path):
    rows = [
        ("a", "vaca no pasto com bezerro e gado"),
        ("b", "chuva e geada com frio"),
        ("c", ""),
        ("d", "preço da saca em queda no mercado " * 6),
        ("e", "=boi gado pasto"),
        ("f", "granizo e seca"),
    ]
    with Path("novos.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([("código", "texto"), *rows])
    assert (
        finetune("predict", "--run", "latest", "--data.predict_path", "novos.csv", "--output", "saida.csv")
        == 0
    )
    raw = Path("saida.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw
    with Path("saida.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    assert [row["código"] for row in found] == list("abcdef")
    assert [row["label"] for row in found] == ["Pecuária", "Clima", "", "Preços", "Pecuária", "Clima"]
    assert found[2]["confidence"] == ""
    assert found[4]["texto"] == "=boi gado pasto"
    assert 1 / 3 < float(found[0]["confidence"].replace(",", ".")) <= 1
    assert sorted(Path("lightning_logs").iterdir()) == [RUN]


def test_plain_transformers_opens_the_model_and_agrees(trained, finetune):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = trained / "model"
    network = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert network.config.id2label == {0: "Clima", 1: "Pecuária", 2: "Preços"}
    texts = ["vaca no pasto", "seca e calor hoje", "dólar em alta"]
    Path("t.jsonl").write_text("\n".join(json.dumps({"texto": text}) for text in texts), encoding="utf-8")
    assert (
        finetune(
            "predict",
            "--run",
            "latest",
            "--data.predict_path",
            "t.jsonl",
            "--output",
            "s.jsonl",
            "--trainer.precision",
            "32-true",
        )
        == 0
    )
    ours = [json.loads(line) for line in Path("s.jsonl").read_text(encoding="utf-8").splitlines()]
    with torch.no_grad():
        theirs = network(**tokenizer(texts, padding=True, return_tensors="pt")).logits.softmax(-1)
    assert [row["label"] for row in ours] == [network.config.id2label[i] for i in theirs.argmax(1).tolist()]
    for row, probability in zip(ours, theirs.max(1).values.tolist(), strict=True):
        assert row["confidence"] == pytest.approx(probability, abs=1e-4)


def test_the_saved_config_repeats_the_run(trained, finetune):
    first = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    assert finetune("fit", "--config", trained / "config.yaml", "--write_report", "true") == 0
    second = json.loads(Path("lightning_logs/version_1/metrics.json").read_text(encoding="utf-8"))
    assert second["test"] == first["test"]
    assert (Path("lightning_logs/version_1/config.yaml").read_text(encoding="utf-8")) == (
        trained / "config.yaml"
    ).read_text(encoding="utf-8")


def test_the_run_folder_can_be_moved(trained, finetune, tmp_path):
    shutil.move(trained, tmp_path / "guardado")
    assert finetune("test", "--run", tmp_path / "guardado") == 0


def test_a_table_that_changed_is_not_measured_on_rows_trained_on(trained, finetune, capsys):
    content = Path("dados.csv").read_bytes()
    Path("dados.csv").write_bytes(content + b"999;boi novo no pasto;Clima\n")
    for command in (
        ["test", "--run", "latest"],
        ["validate", "--run", "0"],
    ):
        assert finetune(*command) == 2
        assert "180 rows then, 181 now" in capsys.readouterr().err.replace(
            "18 rows then, 19 now", "180 rows then, 181 now"
        )
    Path("outra.csv").write_text("texto;rotulo\nvaca e boi;Pecuária\nchuva;Clima\n", encoding="utf-8")
    assert finetune("test", "--run", "latest", "--data.test_path", "outra.csv") == 0


def test_labels_in_the_users_own_order_are_not_swapped(finetune, table):
    order = "[Preços,Pecuária,Clima]"
    assert finetune("fit", "--data.path", table, "--model.labels", order) == 0
    metrics = json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))
    assert list(metrics["test"]["per_class"]) == ["Preços", "Pecuária", "Clima"]
    Path("n.csv").write_text("texto;x\nvaca no pasto com boi;1\nchuva e granizo;2\n", encoding="utf-8")
    assert finetune("predict", "--run", "0", "--data.predict_path", "n.csv", "--output", "s.csv") == 0
    with Path("s.csv").open(encoding="utf-8") as file:
        assert [row["label"] for row in csv.DictReader(file, delimiter=";")] == ["Pecuária", "Clima"]


def test_class_names_with_brackets_are_shown_as_they_are(finetune, table, capsys):
    text = table.read_text(encoding="cp1252").replace("Clima", "[/a]").replace("Preços", "[red]x")
    table.write_text(text, encoding="cp1252")
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1) == 0
    shown = capsys.readouterr().out
    assert "[/a]" in shown
    assert "[red]x" in shown


def test_a_checkpoint_callback_of_the_users_own_stays_in_the_run_folder(finetune, table):
    own = "--trainer.callbacks+=lightning.pytorch.callbacks.ModelCheckpoint"
    options = ["--trainer.max_epochs", 1, own, "--trainer.callbacks.filename=mine"]
    assert finetune("fit", "--data.path", table, *options) == 0
    assert sorted(file.name for file in (RUN / "checkpoints").iterdir()) == [
        "SHA256SUMS",
        "best.ckpt",
        "last.ckpt",
        "mine.ckpt",
    ]
    assert json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))["best_checkpoint"] == "best.ckpt"
    assert [folder.name for folder in Path("lightning_logs").iterdir()] == ["version_0"]
