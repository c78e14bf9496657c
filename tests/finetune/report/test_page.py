import json
import os
import re
from datetime import datetime
from html.parser import HTMLParser

import pytest
import yaml

from finetune.language.which import speaking
from finetune.report import page
from finetune.report.attribution import Explained
from finetune.report.facts import gather
from finetune.report.names import points
from finetune.report.sections import asked

NONE = Explained(why="not_asked")


def report_page(facts, language, explained=NONE):
    with speaking(language):
        return page.report_page(facts, explained, version="0.1.0")


PARTS = [
    "asked",
    "data",
    "training",
    "scores",
    "confusion",
    "classes",
    "calibration",
    "abstention",
    "mistakes",
]
PARTS += ["machine", "repeat"]


class Text(HTMLParser):
    """What a reader sees, and which elements there are."""

    def __init__(self, html):
        super().__init__()
        self.said, self.tags, self.outside = [], [], []
        self.feed(html)
        self.text = " ".join(" ".join(self.said).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href", "xlink:href") and value]

    def handle_data(self, data):
        self.said.append(data)


@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_finished_run_has_every_part_in_order_and_needs_nothing_from_outside(finished_run, language):
    html = report_page(gather(finished_run), language)
    assert re.findall(r'<section id="([^"]*)"', html) == PARTS
    read = Text(html)
    assert "script" not in read.tags
    assert all(link.startswith("#") or link == "data:," for link in read.outside)
    assert "@import" not in html
    assert html.count("<svg") >= 12
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    assert len(html) < 3_000_000
    assert "/home/ana" not in html


@pytest.mark.usefixtures("undrawn")
def test_the_verdict_and_what_is_severe_stand_before_everything_else(finished_run):
    text = Text(report_page(gather(finished_run), "pt")).text
    assert re.search(
        r"O modelo acerta 1\d\d de 160 linhas de teste \(\d\d,\d%\)\. Com 160 linhas de teste, o acerto verdadeiro fica "
        r"entre \d\d,\d% e \d\d,\d% \(intervalo de 95%\)\. Seu macro-F1, em que todas as classes têm o mesmo peso, é "
        r"0,\d{3} \(intervalo de 95%: 0,\d{3} a 0,\d{3}\); 1 é perfeito\.",
        text,
    )
    assert "Ele supera o melhor modelo simples, que conta palavras (TF-IDF + regressão logística)." in text
    assert text.index("14 linhas de teste com um texto") < text.index("O que foi pedido")
    english = Text(report_page(gather(finished_run), "en")).text
    assert "It beats the best simple model, which counts words" in english


UNSURE = (
    {"difference": 0.05, "low": -0.02, "high": 0.13},
    {"only_first_right": 3, "only_second_right": 1, "p_value": 0.6},
)
SURE = (
    {"difference": 0.8, "low": 0.6, "high": 0.9},
    {"only_first_right": 30, "only_second_right": 0, "p_value": 1e-9},
)
SAME = (
    {"difference": 0.0, "low": 0.0, "high": 0.0},
    {"only_first_right": 0, "only_second_right": 0, "p_value": 1.0},
)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("against_tfidf", "against_majority", "said", "tone"),
    [
        (
            UNSURE,
            SURE,
            "It is clearly better than always answering the most frequent class. It is not proved",
            "plain",
        ),
        (SAME, SURE, "most frequent class. It is as good as the best simple model", "plain"),
        (
            UNSURE,
            UNSURE,
            "1 is perfect. It is not proved that it is better than the best simple model",
            "warning",
        ),
        (SURE, SURE, "1 is perfect. It beats the best simple model", "good"),
    ],
)
def test_of_39_right_in_40_first_what_is_good_is_told_then_what_is_not_proved(
    new_run, against_tfidf, against_majority, said, tone
):
    folder = new_run(rows=(120, 40))
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    metrics["test"]["accuracy"] = 39 / 40
    metrics["against_baselines"]["test"] = {
        name: {"f1_macro_difference": gain, "mcnemar": test}
        for name, (gain, test) in (("tfidf", against_tfidf), ("majority", against_majority))
    }
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    (folder / "data_report.json").unlink()
    html = report_page(gather(folder), "en")
    first = "The model is right in 39 of 40 test rows (97.5%). With 40 test rows, its true share lies between 87.1% and"
    assert f'<p class="verdict tone-{tone}">{first}' in html
    assert said in Text(html).text
    assert "NOT" not in Text(html).text


def test_what_users_write_is_shown_and_never_run(new_run):
    nasty = "<script>alert(1)</script>"
    folder = new_run(
        labels=(nasty, "</style><img src=x onerror=alert(2)>", '"&quot;'), texts=[f"{nasty} <b>gordo</b>"]
    )
    read = Text(report_page(gather(folder), "pt"))
    assert not {"script", "img"} & set(read.tags)
    assert nasty in read.text
    assert "<b>gordo</b>" in read.text


MISSING = {
    "predictions.csv": "predictions.csv com a resposta",
    "hardware.json": "hardware.json",
    "resources.csv": "resources.csv",
    "data_report.json": "data_report.json",
    "config.yaml": "config.yaml",
    "events": "events.out.tfevents",
}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("name", [*MISSING, "metrics.json", "split.csv"])
def test_a_part_without_its_file_says_why(new_run, name):
    folder = new_run()
    for file in folder.glob(f"{name}*"):
        file.unlink()
    for language in ("en", "pt"):
        text = Text(report_page(gather(folder), language)).text
        assert MISSING.get(name, "").replace(" com a resposta", "") in text


@pytest.mark.usefixtures("undrawn")
def test_a_run_that_has_not_finished_says_so_first(new_run):
    folder = new_run()
    (folder / "metrics.json").unlink()
    text = Text(report_page(gather(folder), "pt")).text
    assert "Este treino não terminou" in text
    assert f"finetune fit --run {folder.parent.name}/version_7 --resume" in text


def test_an_empty_folder_still_gives_a_page(tmp_path):
    (tmp_path / "config.yaml").write_text("")
    for language in ("en", "pt"):
        assert "<h1>" in report_page(gather(tmp_path), language)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("kept", "note"), [({"torch": "1.2.3"}, "Those of the training."), (None, "These are installed now")]
)
def test_the_versions_are_those_of_the_training_where_they_were_kept(new_run, kept, note):
    folder = new_run()
    file = folder / "metrics.json"
    metrics = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(metrics | ({"versions": kept} if kept else {})), encoding="utf-8")
    text = Text(report_page(gather(folder), "en")).text
    assert note in text
    assert ("torch 1.2.3" in text) is (kept is not None)


@pytest.mark.usefixtures("undrawn")
def test_metrics_of_older_runs_are_enough(new_run):
    folder = new_run()
    metrics = json.loads((folder / "metrics.json").read_text())
    kept = ("f1_macro", "accuracy", "mcc", "loss", "rows", "per_class", "confusion_matrix")
    old = {part: {key: metrics[part][key] for key in kept} for part in ("validation", "test")}
    (folder / "metrics.json").write_text(json.dumps({"model": "embedded"} | old))
    (folder / "predictions.csv").unlink()
    text = Text(report_page(gather(folder), "en")).text
    assert "Whether it beats a simple model is not known" in text
    assert "No threshold was chosen in this run" in text


@pytest.mark.usefixtures("undrawn")
def test_without_a_test_the_score_is_called_too_good_and_nothing_is_green(new_run):
    html = report_page(gather(new_run(test=False)), "en")
    assert "likely too good" in html
    assert '<p class="verdict tone-warning">' in html


@pytest.mark.usefixtures("undrawn")
def test_without_validation_it_says_so(new_run):
    assert "Não havia linhas de validação" in report_page(gather(new_run(validation=False)), "pt")


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"abstain_below": None}, "nenhum limite chegou a 90%"),
        ({"abstain_below": 0.0}, "de todas as respostas estão certas"),
        (
            {"test": {"rows": 160, "answered": 0, "coverage": 0.0, "precision": None, "interval": [0, 1]}},
            "não responde nenhuma",
        ),
        (
            {},
            "responde 118 de 160 linhas de teste (74%) e acerta 87,3% do que responde (intervalo de 95%: 80,0% a 92,0%)",
        ),
    ],
)
def test_what_the_threshold_brings_is_said(new_run, change, expected):
    folder = new_run()
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["abstention"] |= change
    (folder / "metrics.json").write_text(json.dumps(metrics))
    assert expected in Text(report_page(gather(folder), "pt")).text


def test_answers_to_one_part_alone_still_give_a_page(new_run):
    folder = new_run()
    file = folder / "predictions.csv"
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    file.write_text("\n".join(line for line in lines if ",test," not in line), encoding="utf-8")
    assert "Não há: todas as respostas estão certas" in report_page(gather(folder), "pt")


def test_more_than_forty_classes_have_a_table_of_confusions(new_run):
    folder = new_run(labels=tuple(f"assunto {n}" for n in range(60)), rows=(200, 400), skill=3.5)
    html = report_page(gather(folder), "pt")
    assert "Com 60 classes não há lugar" in html
    assert len(html) < 3_000_000


@pytest.mark.usefixtures("undrawn")
def test_options_of_the_user_are_set_apart_from_the_defaults(finished_run):
    text = Text(report_page(gather(finished_run), "en")).text
    differing = text[text.index("Options that differ") : text.index("All parameters (13)")]
    assert "data.effective_batch_size 32 16" in differing
    assert "model.schedule linear" in differing
    assert "split_seed" not in differing


def test_the_defaults_are_those_of_the_program():
    import inspect

    from finetune.data.module import TextData
    from finetune.model.classifier import TextClassifier
    from finetune.report.sections.asked import DEFAULTS

    for group, kind in (("data", TextData), ("model", TextClassifier)):
        parameters = inspect.signature(kind).parameters
        for name, default in DEFAULTS.items():
            if name.startswith(f"{group}."):
                assert parameters[name.partition(".")[2]].default == default, name


@pytest.mark.usefixtures("undrawn")
def test_words_are_marked_within_the_text(finished_run):
    from finetune.report.attribution import most_confident_errors

    facts = gather(finished_run)
    text = most_confident_errors(facts.answers, "test")["text"].iloc[0]
    html = report_page(facts, "en", Explained({text: [(0, 1, 1.0), (2, 6, -0.9), (7, 9, 0.01)]}))
    assert f'<mark class="for" style="--strength:60%">{text[:1]}</mark> <mark class="against"' in html
    assert html.count("<mark") == 2
    assert "Only 1 text is marked; finetune report marks more" in html


@pytest.mark.parametrize(("wanted", "listed"), [(None, []), (0.95, [("wanted_precision", 0.95, None)])])
def test_a_wish_for_right_answers_is_an_option_like_others(finished_run, wanted, listed):
    from finetune.report.sections.asked import differing, section

    facts = gather(finished_run)
    facts.config["wanted_precision"] = wanted
    assert [each for each in differing(facts.config) if each[0] == "wanted_precision"] == listed
    with speaking("pt"):
        off = str(section(facts)).count("desligado")
        facts.config["resource_monitor"] = None
        assert str(section(facts)).count("desligado") == off + 1


def test_a_share_that_is_missed_by_chance_is_no_warning(finished_run):
    from finetune.report.sections.confidence import section

    facts = gather(finished_run)
    for high, said in ((0.96, "which may be chance"), (0.94, "expect this rather than the wish")):
        facts.metrics["abstention"] = {
            "wanted_precision": 0.95,
            "abstain_below": 0.7,
            "test": {"rows": 9, "answered": 8, "coverage": 0.9, "precision": 0.93, "interval": [0.9, high]},
        }
        assert said in str(section(facts))


def test_one_is_told_as_one_and_numbers_and_dates_as_the_reader_writes_them(new_run):
    folder = new_run(rows=(120, 1))
    file = folder / "data_report.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["findings"].append(
        {"code": "label_errors", "severity": "note", "count": 1, "what": {"en": "label", "pt": "rótulo"}}
    )
    file.write_text(json.dumps(told), encoding="utf-8")
    os.utime(folder / "metrics.json", (0, datetime(2026, 11, 26, 12).timestamp()))
    page = report_page(gather(folder), "pt")
    text = Text(re.sub(r"<(svg|style).*?</\1>", "", page, flags=re.DOTALL)).text
    assert "26/11/2026" in text
    assert "de 1 linha de teste (" in text
    assert "Só 1 linha de teste: a nota" in text
    assert "Com 1 linha, cada barra" in text
    assert "1 rótulo pode estar errado" in text
    assert "O treino levou cerca de 3 minutos" in text
    assert not re.findall(r"\b1 (?:linhas|textos|rótulos|classes|erros)\b|\d+\.\d{3} a |\d %", text)
    english = Text(report_page(gather(folder), "en")).text
    assert "of 1 test row (" in english
    assert "2026-11-26" in english


SUSPECT = {
    "line": "9",
    "label": "Soja",
    "suggested": "Preços",
    "how_sure": "likely",
    "text": "A arroba caiu. " * 20,
}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(("severity", "tone"), [("note", "lead"), ("warning", "warning")])
def test_labels_that_may_be_wrong_are_open_first_of_the_data_and_lead_to_their_table(new_run, severity, tone):
    folder = new_run()
    file = folder / "data_report.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["findings"].append(
        {
            "code": "label_errors",
            "severity": severity,
            "count": 33,
            "what": {"en": "rows", "pt": "linhas"},
            "values": {"looked_at": 1_000},
            "examples": [SUSPECT | {"line": str(n)} for n in range(12)],
        }
    )
    file.write_text(json.dumps(told), encoding="utf-8")
    page = report_page(gather(folder), "en")
    assert "label_errors.csv" not in page
    (folder / "label_errors_corrigido.csv").write_text("mine")
    assert gather(folder).label_errors is None
    (folder / "label_errors.csv").write_text("line")
    (folder / "label_errors_corrigido.csv").write_text("mine, the newest")
    html = report_page(gather(folder), "en")
    data = html.split('<section id="data">')[1].split("</section>")[0]
    first = data.index(f'<p class="tone-{tone}">33 labels may be wrong, the most suspicious first.')
    assert first < data.index(SUSPECT["text"].strip()) < data.index("<table>")
    assert data.index("<details>") > data.index("<b>how sure</b> likely")
    assert data[: data.index("<details>")].count(SUSPECT["text"]) == 10
    assert data.count(SUSPECT["text"]) == 12
    assert '<a href="label_errors.csv">All of them' in data
    assert "33 rows" not in data
    assert "21 more labels that may be wrong are not shown on this page." in data
    assert "180 other rows were not looked at" in data


@pytest.mark.usefixtures("undrawn")
def test_examples_of_reports_of_before_are_shown_as_they_are(new_run):
    folder = new_run()
    file = folder / "data_report.json"
    old = {"line": "9", "label": "Soja", "suggested": "Preços", "sure_of_label": 0.02, "text": "A arroba…"}
    told = {"code": "label_errors", "severity": "note", "count": 1, "what": {"en": "row"}, "examples": [old]}
    file.write_text(json.dumps({"findings": [told]}), encoding="utf-8")
    text = Text(report_page(gather(folder), "en")).text
    assert "A arroba… line 9 label Soja suggested Preços chance 2%" in text
    assert "The check found nothing severe and no warnings." in text


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(("language", "lang", "words"), [("en", "en", "yes no"), ("pt", "pt-BR", "sim não")])
def test_the_page_says_its_language_and_settings_are_yes_or_no(finished_run, language, lang, words):
    facts = gather(finished_run)
    facts.config["data"] |= {"fix_encoding": True, "more_checks": {}}
    facts.config["model"] |= {"label_smoothing": 0.5, "layer_decay": 1.0}
    html = report_page(facts, language)
    yes, no = words.split()
    assert f'<html lang="{lang}">' in html
    text = Text(html).text
    assert f"data.fix_encoding {yes} {no}" in text
    assert "data.more_checks – " in text
    mark = "," if language == "pt" else "."
    assert f"model.label_smoothing 0{mark}5 0 " in text
    assert f"model.layer_decay 1 0{mark}9 " in text
    assert not {"True", "False", "None"} & set(text.split())


@pytest.mark.usefixtures("undrawn")
def test_findings_that_a_run_of_before_told_in_english_alone_are_shown(new_run):
    folder = new_run()
    file = folder / "data_report.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    for one in told["findings"]:
        del one["what"]["pt"]
        del one["advice"]
    file.write_text(json.dumps(told), encoding="utf-8")
    text = Text(report_page(gather(folder), "pt")).text
    assert "14 test rows whose text stands in training or validation" in text


@pytest.mark.parametrize(
    ("share", "english", "portuguese"),
    [
        (0.004, "0.4 percentage points", "0,4 ponto percentual"),
        (0.0196, "2.0 percentage points", "2,0 pontos percentuais"),
        (0.045, "4.5 percentage points", "4,5 pontos percentuais"),
    ],
)
def test_percentage_points_have_the_number_that_stands_before_them(share, english, portuguese):
    for language, said in (("en", english), ("pt", portuguese)):
        with speaking(language):
            assert str(points(share)) == said


@pytest.mark.usefixtures("undrawn")
def test_who_decided_is_told_in_the_language_of_the_page_where_the_run_kept_it(finished_run):
    facts = gather(finished_run)
    assert "HardwareTier: the card has bf16" in report_page(facts, "pt")  # a run of before
    told = {"en": "HardwareTier: the card has bf16", "pt": "HardwareTier: a placa tem bf16"}
    facts.hardware["plan"]["precision"]["told"] = told
    text = Text(report_page(facts, "pt")).text
    assert "bf16-mixed HardwareTier: a placa tem bf16" in text


def test_adapters_that_the_machine_chose_are_told(finished_run):
    facts = gather(finished_run)
    assert "LoRA" not in Text(report_page(facts, "en")).text
    facts.hardware["plan"]["lora"] = {"value": True, "decided_by": "HardwareTier: nothing else fits"}
    text = Text(report_page(facts, "en")).text
    assert "adapters learn in place of the weights (LoRA) yes HardwareTier: nothing else fits" in text


def test_what_would_steer_a_terminal_is_shown(new_run):
    folder = new_run(labels=("boi\x1b[2J", "vaca", "soja"), texts=["gordo\x9b1m \u202e"])
    html = report_page(gather(folder), "en")
    assert not {"\x1b", "\x9b", "\u202e"} & set(html)
    assert r"boi\x1b[2J" in html
    assert r"gordo\x9b1m \u202e" in html


def test_what_the_texts_were_made_of_stands_where_their_column_would(new_run):
    folder = new_run()
    file = folder / "config.yaml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert "second texts" not in str(asked.section(gather(folder)))
    config["data"] |= {"template": "{uf}: {texto}", "text_pair_column": "corpo"}
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    told = str(asked.section(gather(folder)))
    assert "('template of the texts', '{uf}: {texto}'), ('column of the second texts', 'corpo')" in told
    assert "'column of the texts'" not in told


def test_a_line_does_not_end_within_the_name_of_an_option():
    made = page.whole_options("finetune fit --data.path <a>.csv --seed_everything 1 \x1b x--y")
    assert '<span class="option">--data.path</span> &lt;a&gt;.csv' in made
    assert made.count("<span") == 2
    assert "\x1b" not in made


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("language", ["en", "pt"])
def test_what_corrections_are_worth_is_told(new_run, language):
    folder = new_run()
    rows = {"corrected": {"train": 3, "validation": 0, "test": 2}, "confirmed": 0, "new": 4, "held_out": 1}
    rows |= {"alike": 0, "conflicts": 0, "unknown": 0, "skipped": 0}
    content = {
        "run": "lightning_logs/version_7",
        "files": ["c.sqlite"],
        "from": "base",
        "options": [],
        "rows": rows,
    }
    (folder / "corrected.json").write_text(json.dumps(content), encoding="utf-8")
    assert "version_7" in report_page(gather(folder), language)  # it says that they are not compared
    measured = {
        "rows": 60,
        "corrected": 2,
        "ranked_by": "f1_macro",
        "score": {"old": 0.9, "new": 0.7},
        "interval": {"old": [0.8, 0.95], "new": [0.6, 0.8]},
        "difference": {"difference": -0.2, "low": -0.3, "high": -0.1},
        "mcnemar": {"only_first_right": 1, "only_second_right": 13, "p_value": 0.002},
        "outcome": "worse",
    }
    content |= {"side_by_side": {"test": measured}}
    (folder / "corrected.json").write_text(json.dumps(content), encoding="utf-8")
    page = report_page(gather(folder), language)
    assert page.index('id="asked"') < page.index('id="corrected"') < page.index('id="data"')
    if language == "en":
        assert "The older run version_7 stays the better one" in page
        assert "the same 60 rows (test), 2 of them with a corrected label" in page
        assert "left out: 1 new row whose text stands in validation or test" in page
    (folder / "corrected.json").write_text("{", encoding="utf-8")
    assert "corrected.json (" in report_page(gather(folder), language)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(("language", "said"), [("en", "Which way was taken (--effort best)"), ("pt", "")])
def test_ways_that_were_compared_before_the_run_are_told(new_run, language, said):
    folder = new_run()
    told = {"mean": 0.8, "sd": 0.01, "low": 0.7, "high": 0.9, "values": [0.79, 0.8, 0.81]}
    same = {"mean": 0.0, "sd": 0.0, "low": 0.0, "high": 0.0, "values": [0.0, 0.0, 0.0]}
    ways = [
        {"name": name, "seconds": 61.2 * place, "score": told, "behind": same}
        for place, name in enumerate(("words", "quick", "good"))
    ]
    content = {"options": [], "folds": 3, "candidates": ways, "left_out": ["network", "longer"]}
    (folder / "effort.json").write_text(json.dumps(content), encoding="utf-8")
    assert 'id="effort"' not in report_page(gather(folder), language)  # it is still being compared
    content |= {"ranked_by": "f1_macro", "best": "words", "chosen": "words"}
    (folder / "effort.json").write_text(json.dumps(content), encoding="utf-8")
    page = report_page(gather(folder), language)
    assert page.index('id="asked"') < page.index('id="effort"') < page.index('id="data"')
    assert said in page
    assert "61" in page
    del ways[0]["behind"]  # as one that was changed by hand
    for damaged in (json.dumps(content), "{"):
        (folder / "effort.json").write_text(damaged, encoding="utf-8")
        assert "effort.json (" in report_page(gather(folder), language)


@pytest.mark.usefixtures("undrawn")
def test_of_a_network_that_took_no_step_no_version_was_chosen(new_run):
    folder = new_run()
    chosen = "the best version is chosen by the validation rows"
    assert chosen in report_page(gather(folder), "en")
    content = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    (folder / "metrics.json").write_text(json.dumps({**content, "untrained": {"rows": 80}}), encoding="utf-8")
    assert chosen not in report_page(gather(folder), "en")
