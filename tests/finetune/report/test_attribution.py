import json
import shutil

import pytest
import yaml

from finetune.report import attribution, integrated_gradients
from finetune.report.attribution import explain, explain_errors, most_confident_errors
from finetune.report.facts import gather


def test_a_second_report_takes_what_the_first_one_found(classifier, monkeypatch):
    texts, answers = ["soja boa", "boi caro 🐄 hoje"], ["a", "c"]
    seen = []
    first = explain(classifier.parent, texts, answers, announce=seen.append)
    assert seen == [2]
    assert set(first.weights) == set(texts)
    begin, end, _ = first.weights[texts[1]][0]
    assert texts[1][begin:end] == "boi"
    monkeypatch.setattr(attribution, "attributions", lambda *_: pytest.fail("it was computed anew"))
    assert explain(classifier.parent, texts, answers) == first
    with pytest.raises(pytest.fail.Exception, match="anew"):
        explain(classifier.parent, texts, ["b", "c"])


def test_what_is_not_shown_at_once_is_computed_when_the_report_is_asked_for(classifier, monkeypatch):
    texts, answers = ["soja verde", "boi manso", "milho seco"], ["a", "b", "c"]
    seen = []
    first = explain(classifier.parent, texts, answers, most=1, announce=seen.append)
    assert list(first.weights) == texts[:1]
    every = explain(classifier.parent, texts, answers, announce=seen.append)
    assert seen == [1, 2]  # the first is not computed again
    assert list(every.weights) == texts
    assert every.weights[texts[0]] == first.weights[texts[0]]
    monkeypatch.setattr(attribution, "attributions", lambda *_: pytest.fail("it was computed anew"))
    assert explain(classifier.parent, texts, answers, most=1) == every


def test_the_words_of_a_number_are_found_whatever_its_column_is_called(classifier, tmp_path):
    from transformers import BertForSequenceClassification

    shutil.copytree(classifier, tmp_path / "model")
    named = {"num_labels": 1, "id2label": {0: "preco"}, "label2id": {"preco": 0}}
    BertForSequenceClassification.from_pretrained(
        classifier, **named, ignore_mismatched_sizes=True
    ).save_pretrained(tmp_path / "model")
    found = explain(tmp_path, ["soja boa"], ["value"])
    assert found.why != "failed", str(found.error)
    assert set(found.weights) == {"soja boa"}


def test_a_damaged_file_is_made_anew(classifier):
    file = classifier.parent / attribution.KEPT
    file.write_text("{")
    assert explain(classifier.parent, ["soja boa"], ["a"]).weights
    assert json.loads(file.read_text())["weights"]


def test_long_texts_are_cut_and_not_refused(classifier):
    found = explain(classifier.parent, ["soja " * 900], ["b"])
    assert found.why == ""
    assert 30 < len(found.weights["soja " * 900]) < 64


def test_when_the_time_is_up_no_further_text_is_begun(classifier, monkeypatch):
    monkeypatch.setattr(integrated_gradients, "MOST_SECONDS", -1.0)
    assert list(explain(classifier.parent, ["boi gordo", "boi magro"], ["a", "b"]).weights) == ["boi gordo"]


def test_without_captum_it_says_why(classifier, monkeypatch):
    monkeypatch.setattr(attribution, "have", lambda package: False)
    (classifier.parent / attribution.KEPT).unlink(missing_ok=True)
    assert explain(classifier.parent, ["soja"], ["a"]).why == "no_captum"


def test_without_a_model_and_with_one_that_fails_there_is_a_reason(tmp_path, classifier):
    assert explain(tmp_path, ["soja"], ["a"]).why == "no_model"
    failed = explain(classifier.parent, ["soja"], ["no such class"])
    assert (failed.why, failed.weights) == ("failed", {})
    assert "no such class" in str(failed.error)


class Evil:
    def __reduce__(self):
        return print, ("ran",)


@pytest.mark.parametrize("how", ["pickle", "code of its own"])
def test_a_model_of_someone_else_runs_nothing_and_asks_nothing(classifier, tmp_path, capsys, how):
    import torch

    folder = shutil.copytree(classifier, tmp_path / "model")
    if how == "pickle":
        (folder / "model.safetensors").unlink()
        torch.save({"weight": Evil()}, folder / "pytorch_model.bin")
    else:
        (folder / "evil.py").write_text("print('ran')\nclass C: ...\n")
        config = {
            "model_type": "evil",
            "auto_map": {"AutoConfig": "evil.C", "AutoTokenizer": ["evil.C", None]},
        }
        (folder / "config.json").write_text(json.dumps(config))
    failed = explain(tmp_path, ["soja"], ["a"])
    assert failed.why == "failed"
    assert "weights_only" not in str(failed.error)
    said = capsys.readouterr()
    assert "ran" not in said.out
    assert "[y/N]" not in said.out + said.err


def test_the_most_confident_errors_come_first(finished_run):
    answers = gather(finished_run).answers
    errors = most_confident_errors(answers, "test")
    assert len(errors) == 30
    assert errors["confidence"].is_monotonic_decreasing
    assert (errors["label"] != errors["predicted"]).all()
    assert set(errors["split"]) == {"test"}


def test_nothing_is_computed_that_nobody_asked_for(finished_run):
    found = explain_errors(gather(finished_run), most=0, announce=lambda count: pytest.fail("computed"))
    assert found.why == "not_asked"


def test_where_a_row_has_two_texts_no_words_are_marked_and_the_page_says_why(new_run):
    from finetune.report.sections import mistakes

    folder = new_run()
    file = folder / "config.yaml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    config["data"]["text_pair_column"] = "corpo"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    facts = gather(folder)
    explained = explain_errors(facts, most=30, announce=lambda _: pytest.fail("it was begun"))
    assert (explained.why, explained.weights) == ("two_texts", {})
    assert "only where each row has one text" in str(mistakes.section(facts, explained))


@pytest.mark.parametrize(("task", "outputs"), [("multi_label", None), ("number", {"value"})])
def test_the_words_are_looked_for_of_the_label_that_is_wrong_or_of_the_number(
    runs_of, monkeypatch, task, outputs
):
    asked = {}
    monkeypatch.setattr(
        attribution,
        "explain",
        lambda folder, texts, names, most, announce: asked.update(zip(texts, names, strict=True)),
    )
    facts = gather(runs_of(task))
    explain_errors(facts, most=30, announce=print)
    assert len(asked) == attribution.MOST_ERRORS
    if outputs is not None:
        assert set(asked.values()) == outputs
        return
    for row in facts.answers.frame.to_dict("records"):
        if row["text"] in asked:
            name = asked[row["text"]]
            assert (name in row["label"].split("|")) != (name in row["predicted"].split("|"))
