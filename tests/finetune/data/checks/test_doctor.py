"""Each check has a bad table that triggers it alone."""

import numpy as np
import pandas as pd
import pytest

from finetune.data.checks.doctor import CHECKS, examine, refuse_severe
from finetune.data.checks.finding import Finding, Grid
from finetune.errors import ConfigError, DataError
from finetune.language.say import Message, in_every_language
from finetune.language.which import speaking

ALWAYS = {"class_counts", "lengths"}
"""What is said of every table."""


def first(frame, part, label=None):
    chosen = frame.parte == part
    return frame.index[chosen if label is None else chosen & (frame.rotulo == label)][0]


def empty_text(frame):
    frame.loc[7, "texto"] = "  "
    frame.loc[8, "texto"] = float("nan")


def empty_label(frame):
    frame.loc[7, "rotulo"] = None


def label_spelling(frame):
    # in every part, and often enough, so that nothing else is wrong
    for part, count in (("treino", 100), ("validação", 15), ("teste", 15)):
        rows = frame.index[(frame.parte == part) & (frame.rotulo == "Pecuária")]
        frame.loc[rows[:count], "rotulo"] = "pecuaria"


def label_blanks(frame):
    frame.loc[7, "rotulo"] = f"{frame.rotulo[7]}  "


def test_repeated(frame):
    train = first(frame, "treino", "Clima")
    frame.loc[first(frame, "teste", "Clima"), "texto"] = frame.texto[train]


def validation_repeated(frame):
    train = first(frame, "treino", "Clima")
    frame.loc[first(frame, "validação", "Clima"), "texto"] = frame.texto[train].upper()


def repeated_within(frame):
    one, other = frame.index[(frame.parte == "treino") & (frame.rotulo == "Clima")][:2]
    frame.loc[other, "texto"] = frame.texto[one]


def conflicts(frame):
    frame.loc[first(frame, "treino", "Lavouras"), "texto"] = frame.texto[first(frame, "treino", "Clima")]


def near_duplicates(frame):
    frame.loc[first(frame, "teste"), "texto"] = frame.texto[first(frame, "treino")] + " Abraço!"


def class_untrained(frame):
    frame.loc[frame.index[frame.parte == "teste"][:12], "rotulo"] = "Máquinas"
    frame.loc[frame.index[frame.parte == "validação"][:12], "rotulo"] = "Máquinas"


def class_untested(frame):
    frame.loc[(frame.parte != "teste") & (frame.index % 7 == 0), "rotulo"] = "Máquinas"


def class_unvalidated(frame):
    frame.loc[(frame.parte != "validação") & (frame.index % 7 == 0), "rotulo"] = "Máquinas"


def class_few(frame):
    for part in ("treino", "validação", "teste"):
        rows = frame.index[frame.parte == part]
        frame.loc[rows[: 100 if part == "treino" else 5], "rotulo"] = "Máquinas"


def class_uneven(frame):
    train = frame.index[frame.parte == "treino"]
    frame.loc[train, "rotulo"] = "Lavouras"
    frame.loc[train[::30], "rotulo"] = "Clima"
    frame.loc[train[1::20], "rotulo"] = "Pecuária"


def test_small(frame):
    frame.loc[frame.index[frame.parte == "teste"][40:], "parte"] = "treino"


def damaged(frame):
    frame.loc[7, "texto"] = frame.texto[7].encode().decode("cp1252")


def lost_letters(frame):
    frame.loc[7, "texto"] = frame.texto[7].replace("ã", "�")


def foreign(frame):
    frame.loc[7, "texto"] = "Der Bauer hat gestern seinen alten Traktor verkauft und einen neuen gekauft."


def token_leak(frame):
    chosen = frame.rotulo == "Clima"
    frame.loc[chosen, "texto"] = "[INMET] " + frame.texto[chosen]


def column_leak(frame):
    frame["codigo"] = frame.rotulo.map({"Clima": 3, "Lavouras": 1, "Pecuária": 2})


def may_be_groups(frame):
    frame["Fazenda"] = [f"F{number % 70}" for number in range(len(frame))]


def cut(frame):
    frame.loc[7, "texto"] = " ".join(f"palavra{number}" for number in range(70))


PLANTED = {
    function: function.__name__
    for function in (
        empty_text,
        empty_label,
        label_spelling,
        label_blanks,
        test_repeated,
        validation_repeated,
        repeated_within,
        conflicts,
        near_duplicates,
        class_untrained,
        class_untested,
        class_unvalidated,
        class_few,
        class_uneven,
        test_small,
        damaged,
        lost_letters,
        foreign,
        token_leak,
        column_leak,
        may_be_groups,
        cut,
    )
}
for _function in (test_repeated, test_small):
    _function.__test__ = False  # named after what they plant; they are no tests


def codes(data):
    return {finding.code for finding in examine(data)} - ALWAYS


def test_nothing_is_wrong_with_the_clean_table(frame, look):
    assert codes(look(frame)) == set()


@pytest.mark.parametrize("plant", PLANTED, ids=PLANTED.values())
def test_each_bad_table_is_recognised_and_as_nothing_else(plant, frame, look):
    plant(frame)
    assert codes(look(frame, max_length=64)) == {PLANTED[plant]}


@pytest.mark.parametrize("plant", PLANTED, ids=PLANTED.values())
def test_each_finding_says_what_it_is_and_what_to_do_in_every_language(plant, frame, look):
    plant(frame)
    (finding,) = (f for f in examine(look(frame, max_length=64)) if f.code == PLANTED[plant])
    assert finding.what.values.get("n", finding.count) == finding.count
    for text in (finding.what, finding.advice):
        told = in_every_language(text)
        assert told["en"] != told["pt"]
        assert all(told.values())


@pytest.mark.parametrize(
    ("plant", "english", "portuguese"),
    [
        (empty_label, "1 row without label, left out", "1 linha sem rótulo, deixada de fora"),
        (empty_text, "2 rows without text, left out", "2 linhas sem texto, deixadas de fora"),
        (
            class_untrained,
            '1 class without a training row: "Máquinas"',
            '1 classe sem nenhuma linha de treino: "Máquinas"',
        ),
        (
            label_blanks,
            "1 label with blanks around it, read without them",
            "1 rótulo com espaços em volta, lido sem eles",
        ),
        (
            near_duplicates,
            "1 validation or test row (of 240) nearly repeats",
            "1 linha de validação ou teste (de 240) quase repete",
        ),
        (cut, "1 text (0.1%) is longer than 64 tokens (", "1 texto (0,1%) tem mais de 64 tokens ("),
    ],
)
def test_one_is_told_as_one_and_several_as_several(plant, english, portuguese, frame, look):
    plant(frame)
    (finding,) = (f for f in examine(look(frame, max_length=64)) if f.code == PLANTED[plant])
    told = in_every_language(finding.told)
    assert told["en"].startswith(english)
    assert told["pt"].startswith(portuguese)


def test_rows_of_one_group_on_both_sides_are_severe(frame, look):
    frame["fazenda"] = [f"F{number}" for number in range(len(frame))]
    test, train = first(frame, "teste"), first(frame, "treino")
    frame.loc[test, "fazenda"] = frame.fazenda[train]
    (finding,) = (f for f in examine(look(frame, group_column="fazenda")) if f.code == "groups_shared")
    assert (finding.severity, finding.count, list(finding.rows)) == ("severe", 1, [test])
    assert str(finding.told).endswith(f'is of a group ("fazenda") that is trained on: f{train}')


def test_training_on_what_came_after_the_test_is_said(frame, look):
    frame["ano"] = np.where(frame.parte == "treino", 2021, 2023) + frame.index % 2
    assert codes(look(frame, time_column="ano")) == set()
    frame.loc[first(frame, "treino"), "ano"] = 2030
    (finding,) = (f for f in examine(look(frame, time_column="ano")) if f.code == "later_than_test")
    assert finding.rows == [first(frame, "treino")]
    frame["ano"] = frame.ano.astype(str)
    frame.loc[3, "ano"] = "ontem"
    (finding,) = (f for f in examine(look(frame, time_column="ano")) if f.code == "moments_unread")
    assert '"ontem"' in str(finding.what)


def test_the_worst_comes_first_and_each_finding_names_its_check(frame, look):
    test_repeated(frame)
    damaged(frame)
    found = examine(look(frame))
    assert [finding.severity for finding in found] == ["severe", "warning", "note", "note"]
    assert {finding.check for finding in found} <= set(CHECKS)


def test_equal_texts_are_counted_letter_by_letter_and_folded(frame, look):
    train, test = frame.index[frame.parte == "treino"], frame.index[frame.parte == "teste"]
    validation = frame.index[frame.parte == "validação"]
    frame.loc[test[0], "texto"] = frame.texto[train[0]]
    frame.loc[test[1], "texto"] = frame.texto[train[1]].upper().replace(".", "!!")
    frame.loc[test[2], "texto"] = frame.texto[validation[0]]
    frame["rotulo"] = np.where(frame.index % 2 == 0, "Clima", "Lavouras")
    frame.loc[[test[0], train[0], test[1], train[1], test[2], validation[0]], "rotulo"] = "Clima"
    (finding,) = (f for f in examine(look(frame)) if f.code == "test_repeated")
    assert "(equal letter by letter: 2, of these in training: 1)" in str(finding.what)
    assert (finding.count, list(finding.rows)) == (3, [test[0], test[2], test[1]])


def test_a_conflict_lists_all_rows_of_its_text_with_their_labels(frame, look):
    conflicts(frame)
    (finding,) = (f for f in examine(look(frame)) if f.code == "conflicts")
    assert finding.grid.header == ("line", "label", "text")
    assert sorted(label for _, label, _ in finding.grid.rows) == ["Clima", "Lavouras"]
    assert "in 2 rows, case and punctuation aside (equal letter by letter: 1)" in str(finding.what)


def test_several_files_are_told_apart(frame, look, tmp_path):
    from finetune.data.checks.examined import examined
    from finetune.data.dividing.parts import every_row
    from finetune.data.tables import read_source

    test_repeated(frame)
    parts = {}
    for part, name in (("treino", "train"), ("validação", "validation"), ("teste", "test")):
        path = tmp_path / f"{name}.csv"
        frame[frame.parte == part].to_csv(path, index=False)
        parts[name] = every_row(read_source(path)["all"])
    data = examined(parts)
    (finding,) = (f for f in examine(data) if f.code == "test_repeated")
    assert data.marked(finding.rows[0]) == "test.csv:2"


def test_a_check_of_the_users_own_is_run_and_one_that_gives_no_findings_is_refused(
    frame, look, tmp_path, monkeypatch
):
    (tmp_path / "my_checks.py").write_text(
        "from finetune.data.checks.finding import Finding\n"
        "def short(data):\n"
        "    yield Finding('short', 'warning', 3, what='texts are short', advice='Write more.')\n"
        "def wrong(data):\n"
        "    return ['short']\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    (finding,) = examine(look(frame), ["my_checks:short"])
    assert str(finding.told) == "3 texts are short"
    with pytest.raises(ConfigError, match='"my_checks:wrong" gave a str: it has to give Findings'):
        examine(look(frame), ["my_checks:wrong"])
    with pytest.raises(ConfigError, match=r'there is no check "curto": there are .*conflicts'):
        examine(look(frame), ["curto"])


def test_a_check_may_be_handed_in_as_a_function(frame, look):
    def looked_at(data):
        yield Finding("looked_at", "note", len(data), what="rows")

    (finding,) = examine(look(frame), [looked_at])
    assert (finding.check, finding.count) == ("looked_at", len(frame))


def test_severe_findings_stop_where_asked_and_others_do_not():
    severe, warning = Finding("a", "severe", 1234, what="as"), Finding("b", "warning", 2, what="bs")
    refuse_severe([warning])
    with pytest.raises(
        DataError, match=r"does not let pass: 1,234 as\. Mend the table, or train all the same with"
    ) as caught:
        refuse_severe([severe, warning])
    with speaking("pt"):
        assert "não deixa passar: 1.234 as. Corrija a tabela" in str(caught.value)


def test_a_table_of_one_row_and_one_without_held_out_rows_can_be_looked_at(look):
    one = pd.DataFrame([("boi", "a", "treino")], columns=["texto", "rotulo", "parte"])
    assert codes(look(one)) == set()


def test_what_was_repaired_is_said_and_the_frame_stays_as_it_was(frame, look):
    whole = frame.texto[7]
    damaged(frame)
    broken = frame.texto[7]
    data = look(frame, fix_encoding=True)
    assert codes(data) == {"mended"}
    assert data.text[7].as_py() == whole
    assert data.tables[0].frame.texto[7] == broken


def test_a_text_repeated_over_time_is_no_fault_of_our_own_division(tiny_model):
    from finetune import TextData

    rows = [(f"texto de número {n} sobre {n * 7}", ("a", "b")[n % 2], 2000 + n) for n in range(200)]
    frame = pd.DataFrame(rows, columns=["texto", "rotulo", "ano"])
    frame.loc[199, "texto"] = frame.texto[1]
    data = TextData(frame, time_column="ano", tokenizer=str(tiny_model))
    assert "later_than_test" not in {finding.code for finding in data.check()[0]}


def test_folded_conflicts_do_not_weigh_as_exact_ones(frame, look):
    rows = frame.index[frame.rotulo == "Clima"][:40]
    others = frame.index[frame.rotulo == "Lavouras"][:40]
    frame.loc[others, "texto"] = [text.replace(".", "?") for text in frame.texto[rows]]
    frame["parte"] = "treino"
    (finding,) = (f for f in examine(look(frame)) if f.code == "conflicts")
    assert (finding.severity, finding.count, finding.values["exact"]) == ("warning", 40, 0)
    frame.loc[others, "texto"] = frame.texto[rows].tolist()
    (finding,) = (f for f in examine(look(frame)) if f.code == "conflicts")
    assert (finding.severity, finding.values["exact"]) == ("severe", 40)


def test_half_of_a_test_known_but_for_its_case_is_severe(frame, look):
    test, train = frame.index[frame.parte == "teste"][:60], frame.index[frame.parte == "treino"][:60]
    frame.loc[test, "texto"] = [text.upper() for text in frame.texto[train]]
    frame.loc[test, "rotulo"] = frame.rotulo[train].tolist()
    (finding,) = (f for f in examine(look(frame)) if f.code == "test_repeated")
    assert (finding.severity, finding.count, finding.values["exact"]) == ("severe", 60, 0)


def test_the_subject_of_a_small_class_is_no_severe_leak(frame, look):
    bees = frame.index[frame.parte == "treino"][:12]
    frame.loc[bees, "rotulo"] = "Apicultura"
    frame.loc[bees, "texto"] = [f"{text} as abelhas" for text in frame.texto[bees]]
    (finding,) = (f for f in examine(look(frame)) if f.code == "token_leak")
    assert finding.severity == "warning"
    assert finding.values["token"] == "abelhas"


def test_of_words_that_tell_as_much_each_process_names_the_same(frame, look):
    words = ["xisto", "ypsul", "zebus", "kilos", "waves", "abeto"]
    bees = frame.index[frame.parte == "treino"][:12]
    frame.loc[bees, "rotulo"] = "Apicultura"
    frame.loc[bees, "texto"] = [f"{' '.join(words)} {text}" for text in frame.texto[bees]]
    (finding,) = (f for f in examine(look(frame)) if f.code == "token_leak")
    assert finding.values["token"] == "abeto"


def test_a_leak_is_counted_over_all_rows_whatever_is_looked_at(frame, look, monkeypatch):
    from finetune.data.checks import leakage

    monkeypatch.setattr(leakage, "MOST_WORDS", 4000)
    token_leak(frame)
    (finding,) = (f for f in examine(look(frame)) if f.code == "token_leak")
    assert finding.count == ((frame.parte == "treino") & (frame.rotulo == "Clima")).sum()


def test_labels_with_damaged_letters_are_named_and_repaired_where_asked(frame, look):
    frame["rotulo"] = frame.rotulo.str.replace("Pecuária", "PecuÃ¡ria")
    (finding,) = (f for f in examine(look(frame)) if f.code == "labels_damaged")
    assert finding.values["names"] == '"PecuÃ¡ria": "Pecuária"'
    assert "Pecuária" in look(frame, fix_encoding=True).classes


def test_holes_and_odd_cells_in_a_group_column_do_no_harm(frame, look):
    frame["lote"] = pd.array([None if n % 2 else n for n in range(len(frame))], dtype="Int64")
    assert "groups_shared" not in codes(look(frame, group_column="lote"))
    frame["lista"] = [[n] for n in range(len(frame))]
    assert "groups_shared" not in codes(look(frame, group_column="lista"))


def test_a_check_of_the_users_own_may_use_braces_and_numbers_of_numpy(frame, look):
    from finetune.data.checks.told import to_text

    plain = Finding("a", "warning", np.int64(3), np.array([1, 2]), what="texts with {braces}")
    assert str(plain.told) == "3 texts with {braces}"
    counted = Finding(
        "a",
        "warning",
        3,
        what=Message("of {n:,} texts", n=np.int64(1200)),
        grid=Grid(("x",), [(np.int64(7),)]),
    )
    with speaking("pt"):
        assert str(counted.told) == "3 of 1.200 texts"
    assert '"count": 3' in to_text([plain, counted], look(frame))


@pytest.mark.parametrize("given", ["[None]", "None", "[Finding('a', 'error', 1)]"])
def test_a_check_that_gives_nonsense_is_named(given, frame, look, tmp_path, monkeypatch):
    (tmp_path / "odd_checks.py").write_text(
        f"from finetune.data.checks.finding import Finding\ndef odd(data):\n    return {given}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "odd_checks", raising=False)
    with pytest.raises(ConfigError, match='the check "odd_checks:odd" gave a'):
        examine(look(frame), ["odd_checks:odd"])


def test_files_of_one_folder_each_count_their_own_lines(tmp_path):
    from finetune.data.checks.examined import examined
    from finetune.data.checks.told import record
    from finetune.data.dividing.parts import every_row
    from finetune.data.tables import read_source

    (tmp_path / "a.csv").write_text("texto,rotulo\nboi,x\nvaca,y\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(
        '{"texto":"soja","rotulo":"x"}\n{"texto":"b�i","rotulo":"y"}\n', encoding="utf-8"
    )
    (tmp_path / "c.csv").write_text("\n\ntexto,rotulo\nmilho,x\nca�a,y\n", encoding="utf-8")
    data = examined({"train": every_row(read_source(tmp_path)["all"])})
    (finding,) = (f for f in examine(data) if f.code == "lost_letters")
    assert [data.marked(row) for row in finding.rows] == ["b.jsonl:2", "c.csv:5"]
    assert record([finding], data)["findings"][0]["lines"] == {
        str(tmp_path / "b.jsonl"): [2],
        str(tmp_path / "c.csv"): [5],
    }


def test_groups_that_run_through_the_whole_time_are_said(tiny_model):
    from finetune import TextData

    rows = [
        (f"texto de número {n} sobre {n * 7}", ("a", "b")[n // 3 % 2], 2000 + n, f"F{n % 9}")
        for n in range(200)
    ]
    frame = pd.DataFrame(rows, columns=["texto", "rotulo", "ano", "fazenda"])
    data = TextData(frame, time_column="ano", group_column="fazenda", tokenizer=str(tiny_model))
    assert "groups_over_time" in {finding.code for finding in data.check()[0]}
    data = TextData(frame, time_column="ano", tokenizer=str(tiny_model))
    assert "groups_over_time" not in {finding.code for finding in data.check()[0]}


def test_a_group_is_the_same_whatever_its_case_and_blanks(frame, look):
    frame["fazenda"] = [f"F{number}" for number in range(len(frame))]
    frame.loc[first(frame, "teste"), "fazenda"] = f"  f{first(frame, 'treino')} "
    (finding,) = (f for f in examine(look(frame, group_column="fazenda")) if f.code == "groups_shared")
    assert finding.count == 1


def test_many_damaged_labels_are_severe(frame, look):
    frame["rotulo"] = frame.rotulo.str.replace("Pecuária", "PecuÃ¡ria")
    (finding,) = (f for f in examine(look(frame)) if f.code == "labels_damaged")
    assert finding.severity == "severe"


def test_where_each_row_is_a_class_of_its_own_they_are_counted_and_not_listed(frame, look):
    frame["rotulo"] = [f"protocolo {n}" for n in range(len(frame))]
    (counts,) = (finding for finding in examine(look(frame), ["classes"]) if finding.code == "class_counts")
    assert (counts.count, counts.grid) == (len(frame), None)
