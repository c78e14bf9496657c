"""What is there to look at once a run has ended: the page, the card, TensorBoard."""

import json
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

EVERYTHING = {"images": 0, "tensors": 0, "scalars": 0, "histograms": 0}


def test_fit_ends_with_a_page_and_a_card_of_the_model(trained, finetune):
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    page = (trained / "report.html").read_text(encoding="utf-8")
    assert f"{metrics['test']['f1_macro']:.3f}" in page
    assert all(label in page for label in ("Clima", "Pecuária", "Preços"))
    assert "not finished" not in page
    assert (trained / "model/README.md").read_text(encoding="utf-8").startswith("---\n")


def test_the_page_can_be_had_in_another_language_afterwards(trained, finetune, capsys):
    assert finetune("report", "--run", "latest", "--language", "pt") == 0
    assert f"relatório: {trained}/report.html" in capsys.readouterr().out
    page = (trained / "report.html").read_text(encoding="utf-8")
    assert '<html lang="pt-BR"' in page
    assert "Relatório do treino version_0" in page


def test_it_can_be_left_out(finetune, table):
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1, "--write_report", "false") == 0
    run = Path("lightning_logs/version_0")
    assert (run / "metrics.json").is_file()
    assert not (run / "report.html").exists()
    assert not (run / "model/README.md").exists()


def test_two_runs_stand_side_by_side(trained, finetune, table, capsys):
    assert finetune("fit", "--data.path", "dados.csv", "--trainer.max_epochs", 1, "--baselines", "null") == 0
    capsys.readouterr()
    assert finetune("report", "0", "1") == 0
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if "file://" not in line]
    assert max(map(len, lines)) <= 80
    assert "version_0" in out
    assert "version_1" in out
    assert Path("comparison.html").is_file()


def test_tensorboard_has_curves_groups_pictures_examples_and_the_final_scores(trained, finetune):
    # one file while it trains, another once it was measured
    tags: dict[str, set[str]] = {}
    for file in trained.glob("events.out.tfevents.*"):
        events = EventAccumulator(str(file), size_guidance=EVERYTHING)
        events.Reload()
        for kind in EVERYTHING:
            tags.setdefault(kind, set()).update(events.Tags()[kind])
    assert {"train/loss", "val/loss", "val/f1_macro", "overfitting/gap", "final/test_f1_macro"} <= tags[
        "scalars"
    ]
    alone = {
        f"final/{part}_{name}_alone_f1_macro"
        for part in ("validation", "test")
        for name in ("network", "words")
    }
    assert alone <= tags["scalars"]
    assert "test/network and words/text_summary" in tags["tensors"]
    assert {f"{part}/confusion matrix" for part in ("validation", "test")} <= tags["images"]
    assert {"tokens/train", "tokens/test"} <= tags["histograms"]
    assert {"custom_scalars__config__", "validation/hardest examples/text_summary"} <= tags["tensors"]
    assert {"validation/Clima", "test/Preços"} <= tags["tensors"]
