import json
import re

import pytest
import yaml

from finetune.language.numbers import number
from finetune.language.which import speaking
from finetune.report.facts import gather
from finetune.report.model_card import write_card
from finetune.report.sections.scores import beside_simple

LABELS = ("Soja", "Milho & *trigo*", "Preços", "Crédito | rural", "<b>Pecuária</b>")


@pytest.fixture
def exported(new_run, tiny_model):
    """A run with an exported model and its calibration."""
    from transformers import AutoTokenizer, BertForSequenceClassification

    folder = new_run(labels=LABELS, model="neuralmind/bert-base-portuguese-cased")
    model = BertForSequenceClassification.from_pretrained(
        tiny_model,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    model.save_pretrained(folder / "model")
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(folder / "model")
    file = folder / "model" / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["calibration"] = {"temperature": 1.31, "abstain_below": 0.999, "wanted_precision": 0.9}
    file.write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_hub_reads_the_card_and_its_results(exported, language):
    from huggingface_hub import ModelCard

    with speaking(language):
        path = write_card(gather(exported))
    assert path == exported / "model" / "README.md"
    data = ModelCard.load(path).data
    assert (data.library_name, data.pipeline_tag, data.language) == (
        "transformers",
        "text-classification",
        "pt",
    )
    assert data.base_model == "neuralmind/bert-base-portuguese-cased"
    metrics = json.loads((exported / "metrics.json").read_text())
    (f1,) = [result for result in data.eval_results if result.metric_type == "f1"]
    assert f1.metric_name == "macro-F1"
    (accuracy,) = [result for result in data.eval_results if result.metric_type == "accuracy"]
    assert accuracy.metric_name == "accuracy"  # it is read by machines, whatever the reader's language
    assert f1.metric_value == pytest.approx(metrics["test"]["f1_macro"], abs=1e-4)
    assert (f1.dataset_name, f1.dataset_split) == ("fala.csv", "test")


def test_no_card_is_written_where_the_model_is_a_link(exported, tmp_path):
    (exported / "model").rename(tmp_path / "elsewhere")
    (exported / "model").symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.joinpath("elsewhere").iterdir())
    assert write_card(gather(exported)) is None
    assert sorted(tmp_path.joinpath("elsewhere").iterdir()) == before


@pytest.mark.parametrize(
    ("language", "told"), [("en", "has 30% of the answer"), ("pt", "tem 30% da resposta")]
)
def test_the_card_tells_what_its_model_reaches_without_words(exported, language, told):
    from huggingface_hub import ModelCard

    file = exported / "metrics.json"
    metrics = json.loads(file.read_text(encoding="utf-8"))
    answer = metrics["test"]["f1_macro"]
    network = {**metrics["test"], "f1_macro": 0.4321, "ece": 0.0789}
    metrics |= {"mix": {"weight": 0.3}, "alone": {"network": {"test": network}, "words": {}}}
    file.write_text(json.dumps(metrics), encoding="utf-8")
    with speaking(language):
        data = ModelCard.load(write_card(gather(exported))).data
        text = (exported / "model" / "README.md").read_text(encoding="utf-8")
        shown, whole = number(0.4321), number(answer)
    (f1,) = [result for result in data.eval_results if result.metric_type == "f1"]
    assert f1.metric_value == 0.4321
    assert f"macro-F1 | {shown}" in text
    assert told in text
    assert whole in text.split(told)[1]
    assert ("of both together" if language == "en" else "") in text
    assert ("7.9" if language == "en" else "7,9") in text  # how far its own confidence can be trusted


@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_card_says_as_the_report_does_whether_a_simple_model_would_do(exported, language):
    facts = gather(exported)
    with speaking(language):
        told = beside_simple(facts, "test")
        card = write_card(facts).read_text(encoding="utf-8")
    assert told is not None
    assert told in card
    assert "TF-IDF" in told
    facts.metrics.pop("against_baselines")
    with speaking("en"):
        assert "No simple model was measured beside it" in write_card(facts).read_text(encoding="utf-8")


@pytest.mark.parametrize(("rows", "rough"), [(160, False), (40, True)])
def test_the_card_of_a_model_that_few_rows_tested_says_that_its_score_is_rough(exported, rows, rough):
    facts = gather(exported)
    facts.metrics["test"]["rows"] = rows
    limits = write_card(facts).read_text(encoding="utf-8").split("## Limits")[1]
    assert (f"- Only {rows} test rows: the score is rough" in limits) == rough


def test_the_text_is_in_the_readers_language_and_names_no_folder_of_the_machine(exported, tmp_path):
    facts = gather(exported)
    with speaking("pt"):
        portuguese = write_card(facts).read_text(encoding="utf-8")
    assert "Linhas: 900 de treino, 120 de validação e 160 de teste, de fala.csv." in portuguese
    assert re.search(r"\| macro-F1 \| 0,\d+ \(0,\d+ a 0,\d+\) \|", portuguese)
    assert "decisões automáticas sobre pessoas" in portuguese
    assert "\\<b\\>Pecuária" in portuguese
    assert "/home/" not in portuguese
    assert str(tmp_path) not in portuguese
    assert (
        "(temperatura 1,31; acima de 1, fica mais cautelosa) e a resposta “não sei” abaixo de 99,9%:"
        in portuguese
    )
    assert "Medidos em 160 linhas de teste, que o modelo nunca viu" in portuguese
    assert "ficam, em média, a 4,5 pontos percentuais um do outro" in portuguese
    assert "macro-F1: quão bem o modelo encontra cada classe" in portuguese
    assert "automatic decisions about people" in write_card(facts).read_text(encoding="utf-8")


def test_a_model_of_a_folder_is_no_model_of_the_hub(exported):

    file = exported / "config.yaml"
    config = yaml.safe_load(file.read_text())
    for name in ("embedded", "/home/ana/bertimbau", "./bertimbau"):
        config["model"]["name"] = name
        file.write_text(yaml.safe_dump(config))
        assert "base_model" not in write_card(gather(exported)).read_text(encoding="utf-8")


def test_the_snippets_run_and_the_second_one_does_not_answer_when_unsure(exported, monkeypatch, capsys):
    monkeypatch.chdir(exported / "model")
    with speaking("pt"):
        card = write_card(gather(exported)).read_text(encoding="utf-8")
    plain, calibrated = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(calibrated.strip().splitlines()) == 8
    for code, expected in ((plain, "'score'"), (calibrated, "não sei")):
        exec(code, {})  # as one who copied it: nothing is imported yet
        assert expected in capsys.readouterr().out


def test_a_card_of_another_language_is_written_anew_and_one_without_the_mark_is_kept(exported):
    facts = gather(exported)
    with speaking("pt"):
        file = write_card(facts)
        assert "<!-- o finetune report grava esta ficha de novo" in file.read_text(encoding="utf-8")
    write_card(facts)
    text = file.read_text(encoding="utf-8")
    assert "Text classifier" in text
    file.write_text("\n".join(line for line in text.splitlines() if not line.startswith("<!--")))
    assert write_card(facts) is None


def test_without_a_model_there_is_no_card_and_without_metrics_no_result(exported, tmp_path):
    (exported / "metrics.json").unlink()
    assert "nothing was measured" in write_card(gather(exported)).read_text(encoding="utf-8")
    assert write_card(gather(tmp_path)) is None


def with_data(folder, **options):
    """Has the run's configuration say more of the data."""
    file = folder / "config.yaml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    config["data"] |= options
    file.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")


def test_the_card_of_two_texts_tells_how_both_are_given_and_its_snippets_run(exported, monkeypatch, capsys):
    monkeypatch.chdir(exported / "model")
    assert "two texts" not in write_card(gather(exported)).read_text(encoding="utf-8")
    with_data(exported, text_pair_column="corpo", template="{uf}: {texto}")
    card = write_card(gather(exported)).read_text(encoding="utf-8")
    assert "It reads two texts a row, of which the second stood in the column corpo." in card
    assert "made of several columns, as {uf}: {texto}: give it texts made alike" in card
    plain, calibrated = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert '"text_pair": "Since Monday' in plain
    assert 'tokenizer("Asian rust in the soya", "Since Monday' in calibrated
    for code, expected in ((plain, "'score'"), (calibrated, "don't know")):
        exec(code, {})  # as one who copied it: nothing is imported yet
        assert expected in capsys.readouterr().out


def test_it_says_that_adapters_were_trained_and_are_merged(exported):
    assert "adapters" not in write_card(gather(exported)).read_text(encoding="utf-8")
    file = exported / "metrics.json"
    metrics = json.loads(file.read_text(encoding="utf-8"))
    metrics["lora"] = {"rank": 8, "alpha": 16.0, "kind": "dora"}
    metrics["merged"] = {"rows": 1234, "largest_difference": 2.6e-6, "seconds": 1.0}
    file.write_text(json.dumps(metrics), encoding="utf-8")
    card = write_card(gather(exported)).read_text(encoding="utf-8")
    assert "Trained by adapters (`dora`, rank 8, alpha 16) and a whole head." in card
    assert "the same answer to all 1,234 rows that both answered (largest difference of a probability" in card


@pytest.mark.parametrize("pair", [None, "corpo"])
def test_the_card_of_a_model_that_reads_capitals_in_lower_case_has_lines_that_do_so(
    exported, monkeypatch, capsys, pair
):
    monkeypatch.chdir(exported / "model")
    assert "CAPITALS" not in write_card(gather(exported)).read_text(encoding="utf-8")
    with_data(exported, lower_capitals=True, text_pair_column=pair)
    card = write_card(gather(exported)).read_text(encoding="utf-8")
    assert "It was trained to read texts in CAPITALS in lower case." in card
    plain, calibrated = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    for code, expected in ((plain, "'score'"), (calibrated, "don't know")):
        assert code.count("def read(text)") == 1
        assert 'read("Asian rust in the soya")' in code
        assert code.count("read(") == (3 if pair else 2)
        exec(code, {})
        assert expected in capsys.readouterr().out
