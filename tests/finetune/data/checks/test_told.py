import io
import json
import re

import pytest
from rich.console import Console

from finetune.data.checks.doctor import examine
from finetune.data.checks.finding import Finding, Grid
from finetune.data.checks.told import record, show, to_text
from finetune.data.checks.words_of_cells import written
from finetune.language.say import Message
from finetune.language.which import speaking


def test_numbers_stand_as_the_language_writes_them():
    assert [written(value) for value in (16800, 0.015, 1.0, 0.0, "1.5")] == [
        "16,800",
        "1.5%",
        "100%",
        "0%",
        "1.5",
    ]
    assert [written(value) for value in (0.0002, 0.9998)] == ["<0.1%", ">99.9%"]
    with speaking("pt"):
        assert [written(value) for value in (16800, 0.015, 0.0002, "1.5")] == [
            "16.800",
            "1,5%",
            "<0,1%",
            "1.5",
        ]


def printed(findings, data, spoken, **options):
    out = io.StringIO()
    with speaking(spoken):
        show(findings, data, where="r.json", console=Console(file=out, width=80), **options)
    return out.getvalue()


def bad(frame):
    train, test = frame.index[frame.parte == "treino"], frame.index[frame.parte == "teste"]
    frame.loc[test[0], "texto"] = frame.texto[train[0]]
    frame.loc[test[1], "texto"] = frame.texto[train[1]] + " Abraço!"
    frame.loc[train[2:4], "texto"] = "boa noite " * 40
    frame.loc[train[2], "rotulo"], frame.loc[train[3], "rotulo"] = "Clima", "Lavouras"
    frame.loc[train[5], "texto"] = frame.texto[train[5]].encode().decode("cp1252")
    frame.loc[train[6], "rotulo"] = (
        "um nome de classe que é muito mais comprido do que uma coluna da tabela pode ser"
    )
    frame["fazenda"] = [
        f"Fazenda Nossa Senhora Aparecida do Norte {number % 70}" for number in range(len(frame))
    ]
    return frame


@pytest.mark.parametrize("spoken", ["en", "pt"])
def test_all_of_it_reads_well_at_80_columns(spoken, frame, look):
    data = look(bad(frame), max_length=64, group_column="fazenda")
    findings = examine(data)
    assert len(findings) > 7
    text = printed(findings, data, spoken, details=True)
    assert max(map(len, text.splitlines())) <= 80
    assert "{" not in text
    with speaking(spoken):
        for finding in findings:
            assert str(finding.what).split()[0] in text
    assert re.search(r"\b(rows|linhas) \d+", text)


def test_a_fit_shows_what_is_bad_and_counts_the_rest(frame, look):
    data = look(frame)
    notes = examine(data)
    assert printed(notes, data, "pt") == (
        "Dados conferidos: nada grave, nenhum aviso.\nTodas as linhas estão em r.json.\nfinetune check mostra tudo.\n"
    )
    findings = [Finding("x", "severe", 1200, range(12), what="rows are x", advice="Mend."), *notes]
    text = printed(findings, data, "en")
    assert "rows are x" in text
    assert "1,200" in text
    assert "rows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9; and 2 more" in " ".join(re.sub("[│┃]", " ", text).split())
    assert "Severe: 1, warnings: 0, notes: 2." in text
    assert "tokens" not in text


def test_the_file_has_every_line_and_both_languages(frame, look):
    data = look(bad(frame), max_length=64)
    findings = examine(data)
    content = json.loads(to_text(findings, data))
    assert content["rows"] == {"train": 960, "validation": 120, "test": 120}
    by_code = {finding["code"]: finding for finding in content["findings"]}
    conflict = by_code["conflicts"]
    assert conflict["what"]["en"] != conflict["what"]["pt"]
    assert conflict["lines"] == {
        "DataFrame": [
            data.place(row)[1] for row in sorted(findings[[f.code for f in findings].index("conflicts")].rows)
        ]
    }
    assert conflict["examples"][0].keys() == {"line", "label", "text"}
    assert by_code["near_duplicates"]["examples"][0].keys() == {"line", "part", "like_line", "part_2", "text"}


def test_values_of_the_users_own_with_braces_are_shown_as_they_are(look, frame):
    finding = Finding(
        "x",
        "severe",
        1,
        what=Message("row: {names}", names='"{x}" (1)'),
        grid=Grid(("text",), [("[red]{a}",)]),
    )
    assert str(finding.told) == '1 row: "{x}" (1)'
    assert "[red]{a}" in printed([finding], look(frame), "en", details=True)
    assert record([finding], look(frame))["findings"][0]["examples"] == [{"text": "[red]{a}"}]


@pytest.mark.parametrize("spoken", ["en", "pt"])
def test_places_are_never_cut_and_texts_are(spoken, frame, look):
    places = [f"nome_de_arquivo_comp…csv:{100_000 + n}" for n in range(3)]
    rows = [(place, "validation", place, "train", "um texto comprido " * 4) for place in places]
    finding = Finding(
        "conflicts",
        "warning",
        3,
        what="texts",
        grid=Grid(("line", "part", "like_line", "part", "text"), rows),
    )
    out = printed([finding], look(frame), spoken, details=True)
    assert all(out.count(place) == 2 for place in places)
    assert max(map(len, out.splitlines())) <= 100
    rows = [
        (place, "Crédito e política agrícola", "Mercado e preços", 0.02, "um texto " * 9) for place in places
    ]
    finding = Finding(
        "label_errors",
        "note",
        3,
        what="rows",
        grid=Grid(("line", "label", "suggested", "sure_of_label", "text"), rows),
    )
    out = printed([finding], look(frame), spoken, details=True)
    assert all(place in out for place in places)


@pytest.mark.parametrize("letters", [30, 250, 5_000])
def test_what_is_to_be_read_is_shown_whole_and_a_long_text_to_its_fourth_line(letters, frame, look):
    text = ("A cotação da soja em Chicago subiu, e o produtor [b]espera[/b].\n" * 99)[:letters]
    row = ("treino.csv:246", "Crédito e política agrícola", "Mercado e preços", "almost_sure", text)
    grid = Grid(("line", "label", "suggested", "how_sure", "text"), [row] * 23, whole=True)
    findings = [
        Finding("label_errors", "warning", 23, what="labels", grid=grid),
        Finding("y", "note", 1, what="others", grid=Grid(("label",), [("Clima",)])),
    ]
    out = printed(findings, look(frame), "en", details=True)
    assert max(map(len, out.splitlines())) <= 80
    below = out.split("23 labels\n")[1]
    assert below.index("line: treino.csv:246") > 0
    assert "others" not in below  # what is to be read stands last
    first = below.split("line:")[1].split("how sure: almost")[1].split("sure", 1)[1].rstrip()
    shown = " ".join(first.split())
    whole = " ".join(text.split())
    assert len(first.strip().splitlines()) <= 4
    assert shown == whole if letters < 300 else whole.startswith(shown.removesuffix("…"))
    assert len(shown) > min(len(whole) - 1, 250)
    assert below.count("line:") == 10
    assert "and 13 more" in below
    assert len(record(findings, look(frame))["findings"][0]["examples"]) == 20


@pytest.mark.parametrize("whole", [True, False])
def test_what_steers_a_terminal_or_breaks_a_line_in_a_label_or_text_is_only_shown(whole, frame, look):
    cells = ("7", "Cli\x1b[31mma\nseco", "Pecuária", "likely", "boi\x1b[2J gordo " * 30)
    grid = Grid(("line", "label", "suggested", "how_sure", "text"), [cells], whole=whole)
    out = printed([Finding("x", "note", 1, what="labels", grid=grid)], look(frame), "en", details=True)
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    if whole:
        assert "line: 7 · label: Cli\\x1b[31mma seco · suggested: Pecuária · how sure: likely" in out
    assert "boi\\x1b[2J gordo" in out


def test_rows_that_were_left_out_are_named_by_their_lines(frame, look):
    frame.loc[[7, 8], "texto"] = ""
    frame.loc[12, "rotulo"] = None
    data = look(frame)
    findings = [finding for finding in examine(data) if finding.dropped]
    for spoken, one, several in (("en", "row 12", "rows 7, 8"), ("pt", "linha 12", "linhas 7, 8")):
        text = printed(findings, data, spoken, details=True)
        assert f"│ {one} " in text
        assert f"│ {several} " in text


def test_the_figures_of_a_sentence_are_in_the_file_as_numbers(frame, look):
    values = {found["code"]: found["values"] for found in record_of(frame, look)}
    assert values["class_counts"] == {"rows": 1200}
    assert values["conflicts"] == {"rows": 2, "exact": 1}
    assert values["foreign"]["found"] == {"en": "English (1)", "pt": "inglês (1)"}


def record_of(frame, look):
    frame = bad(frame)
    frame.loc[7, "texto"] = "The farmer sold his old tractor and bought a new one last week."
    data = look(frame, max_length=64, languages=frozenset({"pt"}))
    return json.loads(to_text(examine(data), data))["findings"]
