import re

import numpy as np
import pandas as pd
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from torch.utils.tensorboard import SummaryWriter

from callbacks import ResourceMonitor
from finetune.evaluation.answers import COLUMNS, Answers
from finetune.language.which import speaking
from finetune.model.classifier import TextClassifier
from finetune.report import board
from finetune.report.facts import gather
from finetune.tasks.class_metrics import evaluate, report
from finetune.tasks.single_label import single_label

LABELS = ["Clima", "Pecuária", "Preços"]


@pytest.fixture
def answers():
    random = np.random.default_rng(0)
    p = random.dirichlet(np.ones(3), size=60)
    truth = random.integers(3, size=60)
    frame = pd.DataFrame(
        {
            "source": "dados.csv",
            "line": range(2, 62),
            "row": range(60),
            "split": "validation",
            "text": [f"texto {i} | *soja*\n<b>x</b>" for i in range(60)],
            "label": [LABELS[i] for i in truth],
            "predicted": [LABELS[i] for i in p.argmax(1)],
            "confidence": p.max(1),
            "abstained": False,
        }
    )
    assert list(frame) == list(COLUMNS)
    return Answers(frame, LABELS, p, {})


def read(folder):
    events = EventAccumulator(str(folder), size_guidance={"images": 0, "tensors": 0, "histograms": 0})
    events.Reload()
    return events


def test_tensorboard_gets_pictures_curves_and_examples_of_a_part(answers, tmp_path):
    with SummaryWriter(str(tmp_path)) as writer:
        values = evaluate(torch.from_numpy(np.log(answers.probabilities)), torch.from_numpy(answers.truth))
        with speaking("pt"):
            board.add_answers(writer, answers, report(values, LABELS), step=7)
    events = read(tmp_path)
    assert set(events.Tags()["images"]) == {
        f"validation/{name}" for name in ("confusion matrix", "classes", "reliability")
    }
    picture = events.Images("validation/confusion matrix")[0]
    assert (picture.step, picture.width > 200, picture.height > 200) == (7, True, True)
    tags = set(events.Tags()["tensors"])
    assert {f"validation/{label}" for label in LABELS} <= tags
    assert "validation/hardest examples/text_summary" in tags
    # tp, fp, tn, fn, precision, recall at each threshold: at the lowest all rows of the class are found
    curve = torch.tensor(events.Tensors("validation/Clima")[0].tensor_proto.float_val).reshape(6, -1)
    assert curve[0, 0] == (answers.truth == 0).sum()


def test_the_hardest_examples_are_those_whose_label_is_least_likely(answers):
    told, _, *lines = board.hardest(answers).splitlines()
    assert "label the model finds least likely" in told
    likely = answers.probabilities[np.arange(60), answers.truth]
    first = int(likely.argmin())
    assert lines[2].startswith(f"| {first + 2} | {answers.frame['label'][first]} |")
    assert len(lines) == 2 + board.HARDEST
    # nothing in a text breaks the table or is markup
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in lines)
    assert r"\<b\>" in lines[2]
    with speaking("pt"):
        lines = board.hardest(answers).splitlines()
    assert lines[2] == "| linha | rótulo | probabilidade dele | resposta | texto |"
    assert f"| {likely.min():.3f} |".replace(".", "\\,") in lines[4].replace(",", "\\,")


def test_curves_that_belong_together_are_curves_that_are_logged(tmp_path):
    """A name in a group that nobody logs would be an empty chart."""
    with SummaryWriter(str(tmp_path)) as writer:
        board.begin(writer, {"train": np.arange(10)})
    events = read(tmp_path)
    assert events.Tags()["histograms"] == ["tokens/train"]
    layout = layout_pb2.Layout()
    layout.ParseFromString(events.Tensors("custom_scalars__config__")[0].tensor_proto.string_val[0])
    assert [category.title for category in layout.category] == list(board.groups(single_label()))
    known = [*TextClassifier().metric_directions, "overfitting/gap", "learning_rate/highest"]
    known += re.findall(r"`(resources/\S+)`", ResourceMonitor.__doc__ or "")
    known = [name.replace("<N>", "0") for name in known]
    for category in layout.category:
        for chart in category.chart:
            assert chart.multiline.tag
            for pattern in chart.multiline.tag:
                assert any(re.fullmatch(pattern, name) for name in known), pattern


@pytest.mark.parametrize(
    ("task", "pictures", "curves"),
    [
        ("multi_label", {"classes", "labels of a row", "reliability"}, 5),
        ("ordinal", {"classes", "confusion matrix", "steps off", "reliability"}, 5),
        ("number", {"answers against the truth", "errors"}, 0),
    ],
)
def test_tensorboard_gets_what_the_task_has(runs_of, task, pictures, curves):
    facts = gather(runs_of(task))
    answers, shown = facts.answers.part("test"), Shown()
    board.add_answers(shown, answers, facts.parts["test"], step=3)
    assert {name.partition("/")[2] for name in shown.figures} == pictures
    assert len(shown.curves) == curves
    lines = shown.texts["test/hardest examples"].splitlines()
    assert len(lines) == 4 + board.HARDEST
    charts = board.groups(facts.task)["Quality"]
    assert any(f"val/{facts.score}" in chart[1] for chart in charts.values())
    assert (task == "number") == ("probabilities (lower is better)" not in charts)


def test_the_hardest_numbers_are_those_furthest_off(runs_of):
    answers = gather(runs_of("number")).answers.part("test")
    off = abs(answers.predicted - answers.truth)
    line = answers.frame["line"].iloc[int(off.argmax())]
    assert board.hardest(answers).splitlines()[4].startswith(f"| {line} | ")


class Shown:
    """Keeps what a writer of TensorBoard would write."""

    def __init__(self):
        self.figures, self.curves, self.texts = [], [], {}

    def add_figure(self, name, figure, step):
        self.figures.append(name)

    def add_pr_curve(self, name, truth, p, step):
        assert set(np.unique(truth)) <= {False, True}
        self.curves.append(name)

    def add_text(self, name, text, step):
        self.texts[name] = text
