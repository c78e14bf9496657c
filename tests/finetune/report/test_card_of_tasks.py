"""Cards of models whose rows have several labels, a class in an order, or a number: what they say, and code that runs."""

import ast
import contextlib
import io
import json
import re
import shutil

import pytest

from finetune.language.which import speaking
from finetune.report.facts import gather
from finetune.report.model_card import card

PROBLEMS = {
    "multi_label": "multi_label_classification",
    "ordinal": "single_label_classification",
    "number": "regression",
}


@pytest.fixture(scope="module")
def exported(runs_of, tiny_model, tmp_path_factory):
    """A run of a task with an exported model, whose calibration is changed as it is asked."""
    import torch
    from transformers import AutoTokenizer, BertForSequenceClassification

    made = {}

    def run(task, calibration=None):
        if task not in made:
            folder = made[task] = tmp_path_factory.mktemp("exported") / "version_7"
            shutil.copytree(runs_of(task), folder)
            labels = ["preco"] if task == "number" else gather(folder).labels
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                model = BertForSequenceClassification.from_pretrained(
                    tiny_model,
                    num_labels=len(labels),
                    problem_type=PROBLEMS[task],
                    id2label=dict(enumerate(labels)),
                    label2id={label: number for number, label in enumerate(labels)},
                )
            model.save_pretrained(folder / "model")
            AutoTokenizer.from_pretrained(tiny_model).save_pretrained(folder / "model")
        file = made[task] / "model" / "config.json"
        config = json.loads(file.read_text(encoding="utf-8")) | {"calibration": calibration or {}}
        file.write_text(json.dumps(config), encoding="utf-8")
        return made[task]

    return run


def printed(code, folder):
    """What lines of Python print in the folder of a model."""
    said = io.StringIO()
    with contextlib.chdir(folder / "model"), contextlib.redirect_stdout(said):
        exec(code, {})
    return said.getvalue().strip()


def test_code_for_several_labels_gives_each_its_probability_and_those_above_their_threshold(exported):
    thresholds = [1.1, 0.0, 1.1, 1.1, 0.0]
    folder = exported("multi_label", {"facts": {"thresholds": thresholds}})
    plain, chosen = re.findall(r"```python\n(.*?)```", card(gather(folder)), re.DOTALL)
    every = ast.literal_eval(printed(plain, folder))
    labels = gather(folder).labels
    assert {each["label"] for each in every} == set(labels)
    assert abs(sum(each["score"] for each in every) - 1) > 0.01  # each by itself
    assert printed(chosen, folder) == str([labels[1], labels[4]])


def test_code_for_a_number_gives_it_in_its_unit_whether_or_not_that_is_in_the_weights(exported):
    folder = exported("number", {"folded_scale": [50.0], "folded_shift": [200.0]})
    (plain,) = re.findall(r"```python\n(.*?)```", card(gather(folder)), re.DOTALL)
    assert 'function_to_apply="none"' in plain
    number = float(printed(plain, folder))
    exported("number", {"scale": [50.0], "shift": [200.0]})
    (scaled,) = re.findall(r"```python\n(.*?)```", card(gather(folder)), re.DOTALL)
    assert float(printed(scaled, folder)) == pytest.approx(50 * number + 200, rel=1e-3)


def test_code_for_an_order_answers_with_the_class_in_the_middle(exported):
    folder = exported("ordinal", {"temperature": 1.5})
    _, middle = re.findall(r"```python\n(.*?)```", card(gather(folder)), re.DOTALL)
    fixed = middle.replace(").logits[0]", ").logits[0] * 0 + torch.tensor([3.0, 0, 2.6, 2.5, 0])")
    assert fixed != middle
    assert printed(fixed, folder).startswith("regular 0.")  # and not the most probable, which is the first
    assert printed(middle, folder).split()[0] in gather(folder).labels


@pytest.mark.parametrize(
    ("task", "language", "said", "unsaid"),
    [
        (
            "multi_label",
            "en",
            ["any of 5 labels, or none", "## Labels", "It knows these labels alone"],
            ["class"],
        ),
        (
            "ordinal",
            "en",
            ["one of 5 classes that stand in an order", "3. regular", "kappa: agreement"],
            ["MCC"],
        ),
        (
            "number",
            "en",
            ["a number, preco", "It gives every text a number", "of the true numbers lay"],
            ["class"],
        ),
        ("number", "pt", ["um número, preco", "Ele dá um número a todo texto"], ["classe"]),
    ],
)
def test_a_card_says_what_the_model_answers_and_where_it_must_not_be_trusted(
    exported, task, language, said, unsaid
):
    with speaking(language):
        text = card(gather(exported(task))).split("---", 2)[2]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for each in said:
        assert each in prose
    for each in unsaid:
        assert not re.search(rf"\b{each}(s|es)?\b", prose)


@pytest.mark.parametrize(
    ("task", "types", "tag"),
    [
        ("multi_label", ["f1", "f1_micro", "accuracy"], "multi-label-classification"),
        ("ordinal", ["cohen_kappa", "accuracy", "f1", "mae"], "finetune-text"),
        ("number", ["r_squared", "mae", "rmse", "spearmanr"], "regression"),
    ],
)
def test_the_hub_is_told_the_scores_of_the_task(exported, task, types, tag):
    from huggingface_hub import ModelCard

    data = ModelCard(card(gather(exported(task)))).data
    assert [result.metric_type for result in data.eval_results] == types
    assert tag in data.tags
