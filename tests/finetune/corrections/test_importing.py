"""Tables in which people corrected rows: reviews in both languages, the user's own, and all that is wrong with them."""

import csv
from dataclasses import replace

import openpyxl
import pytest

from finetune.corrections.identity import Identity
from finetune.corrections.importing import imported
from finetune.corrections.reading import read_corrections
from finetune.corrections.row import NEW, TRAIN, Row
from finetune.corrections.store import Store
from finetune.corrections.writing import corrections_path, write_corrections
from finetune.data.asked import Reading
from finetune.data.tables import read_source
from finetune.errors import ConfigError, DataError, UserError
from finetune.evaluation.review import Row as Reviewed
from finetune.evaluation.review_workbook import write_review
from finetune.language.which import speaking
from finetune.tasks.table import TASKS
from tests.kinds import KINDS

LABELS = {
    "single_label": ("Clima", "Pecuária", "Preços"),
    "multi_label": ("Clima", "Pecuária", "Preços"),
    "ordinal": ("1", "2", "3", "4"),
    "number": ("preco",),
    "pair": ("mesmo", "outro"),
    "template": ("Clima", "Pecuária", "Preços"),
}
READING = {
    "multi_label": Reading(task="multi_label", mark=";"),
    "number": Reading(label_column="preco", task="number", mark=","),
    "ordinal": Reading(task="ordinal"),
    "pair": Reading(text_column="titulo", text_pair_column="corpo"),
    "template": Reading(template="{estado}: {texto}"),
}
GOOD = {
    "single_label": {0: ("Preços", "Preços"), 1: ("clima ", "Clima"), 2: ("Nova", "Nova")},
    "multi_label": {0: ("Preços|Clima", "Clima|Preços"), 1: ("preços; clima", "Clima|Preços"), 2: ("|", "")},
    "ordinal": {0: ("4", "4"), 1: (2, "2"), 2: ("1.0", "1")},
    "number": {0: ("12,5", "12.5"), 1: (7, "7"), 2: ("1.234,5", "1234.5")},
    "pair": {0: ("mesmo", "mesmo"), 1: ("Outro", "outro")},
    "template": {0: ("Preços", "Preços"), 1: ("clima", "Clima")},
}
"""What somebody writes by the row, and the label that it is."""


class Made:
    """A run's table of a kind, its rows as they are known, and a review of them."""

    def __init__(self, tmp_path, kind="single_label", *, rows=6):
        self.kind, self.folder = kind, tmp_path
        self.made = KINDS[kind](rows)
        self.path = self.made.write(tmp_path / "dados.csv")
        self.reading = READING.get(kind, Reading())
        task = kind if kind in TASKS else "single_label"
        options = {
            name: getattr(self.reading, name) for name in ("text_column", "text_pair_column", "template")
        }
        (self.table,) = read_source(self.path, need_labels=False, **options).values()
        self.identity = Identity("version_0", "a" * 64, task, LABELS[kind], self.table.text_columns)
        texts = zip(*self.table.texts_apart(slice(None)), strict=True)
        given = self.labelled()
        self.known = [
            Row(each, {}, str(self.path), at, at + 2, given[at], TRAIN) for at, each in enumerate(texts)
        ]

    def labelled(self):
        (table,) = read_source(
            self.path,
            text_column=self.reading.text_column,
            text_pair_column=self.reading.text_pair_column,
            template=self.reading.template,
            label_column=self.reading.label_column,
            task=self.identity.task,
        ).values()
        return table.label

    def review(self, filled, *, language="en", change=lambda sheet: None, name="revisar.xlsx"):
        """The workbook that predict writes, filled in by a person."""
        path = self.folder / name
        task, labels = self.identity.made_task, self.identity.labels
        of_number = task.name == "number"
        rows = [
            Reviewed(
                at,
                [],
                "1" if of_number else labels[0],
                *((None,) * 3 if of_number else (0.5, labels[-1], 0.3)),
            )
            for at in range(len(self.known))
        ]
        with speaking(language):
            write_review(
                path, rows, self.table, self.table.frame.to_dict("records"), labels=labels, task=task
            )
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        for at, cell in filled.items():
            sheet.cell(at + 2, sheet.max_column if at >= 0 else 1).value = cell
        change(sheet)
        book.save(path)
        return path

    def imported(self, path, **more):
        return imported(
            path, **{"of": self.identity, "reading": self.reading, "known": self.known, "who": "Ana"} | more
        )

    def csv(self, rows, *, header, name="corrigido.csv", encoding="utf-8", delimiter=";"):
        path = self.folder / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([header, *rows])
        return path


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path)


def told(found):
    return [str(each) for each in found.left], [str(each) for each in found.notes]


# ---- reviews ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_review_of_each_kind_in_either_language_says_what_was_filled_in(tmp_path, kind, language):
    made = Made(tmp_path, kind)
    path = made.review({at: cell for at, (cell, _) in GOOD[kind].items()}, language=language)
    for reader in ("en", "pt"):
        with speaking(reader):
            found = made.imported(path)
        assert found.left == []
        assert {said.row.position: said.label for said in found.said} == {
            at: label for at, (_, label) in GOOD[kind].items()
        }
        assert all(said.row == made.known[said.row.position] and said.who == "Ana" for said in found.said)
        assert found.unlabelled == len(made.known) - len(GOOD[kind])


def test_new_classes_and_other_capitals_are_told(made):
    found = made.imported(made.review({0: "Nova", 1: "clima", 2: "nova"}))
    assert [said.label for said in found.said] == ["Nova", "Clima", "Nova"]
    assert told(found)[1] == [
        '1 new class, which the model does not know yet: "Nova"',
        'read in spite of capitals, accents or blanks: "clima" as "Clima" and "nova" as "Nova"',
    ]


def test_a_misspelt_label_is_proposed_and_not_taken_unless_it_is_said_to_be_new(made):
    path = made.review({0: "Climma", 1: "Preços"})
    found = made.imported(path)
    assert [said.label for said in found.said] == ["Preços"]
    assert told(found)[0] == ['line 2: "Climma": did you mean "Clima"?']
    found = made.imported(path, new=["Climma"])
    assert [said.label for said in found.said] == ["Climma", "Preços"]
    assert found.left == []


def test_a_grade_that_the_order_has_not_is_told_also_where_it_is_said_to_be_new(tmp_path):
    made = Made(tmp_path, "ordinal")
    found = made.imported(made.review({0: "9", 1: "alta", 2: "3,0"}), new=["9"])
    steps = 'is no step of the order: there are "1", "2", "3", "4".'
    assert told(found)[0] == [f'line 2: "9" {steps}', f'line 3: "alta" {steps}']
    assert [said.label for said in found.said] == ["3"]


def test_several_labels_of_which_one_is_misspelt(tmp_path):
    made = Made(tmp_path, "multi_label")
    found = made.imported(made.review({0: "Clima|Precos", 1: "Clima|Pecuarias", 2: "Clima; Novidade"}))
    assert [said.label for said in found.said] == ["Clima|Preços", "Clima|Novidade"]
    assert told(found)[0] == ['line 3: "Pecuarias": did you mean "Pecuária"?']


def test_what_is_no_number_is_told(tmp_path):
    made = Made(tmp_path, "number")
    found = made.imported(made.review({0: "12,5", 1: "caro"}))
    assert [said.label for said in found.said] == ["12.5"]
    assert told(found)[0] == ['line 3: "caro" is no number']


def test_a_changed_text_is_told_by_its_line_and_not_taken(made):
    def change(sheet):
        sheet["C3"].value = "outro texto, de outra pessoa"

    found = made.imported(made.review({0: "Preços", 1: "Preços"}, change=change))
    assert [said.row.position for said in found.said] == [0]
    assert told(found)[0] == [f"line 3: its text is not the one that stands in line 3 of {made.path}"]


def test_a_deleted_text_is_told(made):
    def change(sheet):
        sheet["C3"].value = None

    found = made.imported(made.review({0: "Preços", 1: "Preços"}, change=change))
    assert told(found)[0] == ["line 3: it has a correction, and no text"]


def test_a_text_that_a_cell_could_not_hold_whole_is_found_again(tmp_path):
    made = Made(tmp_path)
    long = "chuva forte " * 4000
    made.table.frame.loc[0, "texto"] = long
    made.known[0] = replace(made.known[0], texts=(long.strip(),))
    found = made.imported(made.review({0: "Preços"}))
    assert [said.row for said in found.said] == [made.known[0]]


def test_equal_texts_are_told_apart_by_their_lines(made):
    made.table.frame.loc[3, "texto"] = made.table.frame.loc[0, "texto"]
    made.known[3] = replace(made.known[3], texts=made.known[0].texts)
    found = made.imported(made.review({0: "Preços", 3: "Clima"}))
    assert {said.row.position: said.label for said in found.said} == {0: "Preços", 3: "Clima"}


def test_without_the_column_of_lines_rows_are_found_by_their_texts(made):
    found = made.imported(made.review({4: "Preços"}, change=lambda sheet: sheet.delete_cols(1)))
    assert [said.row.position for said in found.said] == [4]


def test_without_the_texts_it_cannot_be_read(made):
    path = made.review({0: "Preços"}, change=lambda sheet: sheet.delete_cols(3))
    with pytest.raises(DataError, match=r'there is no column "texto"'):
        made.imported(path)


def test_an_empty_column_is_told(made):
    found = made.imported(made.review({}))
    assert (found.said, found.unlabelled) == ([], 6)
    assert told(found)[1] == ['nobody has filled in the column "correct" yet: there is nothing to take.']


def test_two_answers_for_one_row_are_left_open(made):
    def change(sheet):
        sheet.append([*[cell.value for cell in sheet[2]][:-1], "Clima"])

    found = made.imported(made.review({0: "Preços", 1: "Clima"}, change=change))
    assert [said.row.position for said in found.said] == [1]
    [group] = found.twice
    assert [(said.label, str(said.place)) for said in group] == [("Preços", "line 2"), ("Clima", "line 8")]


def test_the_review_of_another_run_is_refused(made):
    path = made.review({0: "Preços"})
    with pytest.raises(
        DataError, match=r'review of another run: its model answered "Clima", which are no classes'
    ):
        made.imported(path, of=replace(made.identity, labels=("soja", "milho")))


def test_the_review_of_another_table_is_of_new_rows_and_told(made):
    others = [replace(row, texts=(f"nada disso {at}",)) for at, row in enumerate(made.known)]
    found = made.imported(made.review({0: "Preços"}), known=others)
    [said] = found.said
    assert (said.row.source, said.row.position, said.row.line, said.row.part) == ("", -1, 2, NEW)
    assert said.row.cells == {"texto": made.known[0].texts[0]}
    assert told(found)[1] == [
        f"most of its rows do not stand in {made.path}: those are taken as new ones. If they are of another table, name "
        "that with --data.predict_path."
    ]


# ---- tables of the user's own -----------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
@pytest.mark.parametrize("column", ["correto", "rotulo_correto", "Correct"])
def test_a_table_with_a_column_of_corrections(made, encoding, column):
    texts = [row.texts[0] for row in made.known]
    rows = [[texts[0], "Pecuária"], [texts[1], ""], ["um texto que não está na tabela", "Preços"]]
    found = made.imported(made.csv(rows, header=["texto", column], encoding=encoding))
    assert [(said.row.position, said.label) for said in found.said] == [(0, "Pecuária"), (-1, "Preços")]


def test_the_users_own_table_says_what_differs_from_the_runs(made):
    rows = [[row.texts[0], row.given] for row in made.known] + [["um texto novo sobre chuva", "Clima"]]
    rows[2][1] = "Preços" if rows[2][1] != "Preços" else "Clima"
    path = made.csv(rows, header=["texto", "rotulo"])
    found = made.imported(path)
    assert [(said.row.position, said.row.part) for said in found.said] == [(2, TRAIN), (6, NEW)]
    assert found.as_before == 5
    assert found.said[1].row.source == str(path)
    assert (
        made.imported(made.csv(rows[:2], header=["texto", "rotulo"]))
        .notes[-1]
        .one.startswith("all its labels")
    )


def test_a_changed_text_of_the_users_own_table_is_told_and_an_inserted_row_is_new(made):
    rows = [[row.texts[0], "Preços"] for row in made.known]
    rows[1][0] += " e mais nada"
    rows.insert(3, ["zzz 123 qqq", "Clima"])
    found = made.imported(made.csv(rows, header=["texto", "rotulo"]))
    assert told(found)[0] == [f"line 3: its text is not the one that stands in line 3 of {made.path}"]
    assert [said.row.part for said in found.said if said.row.texts == ("zzz 123 qqq",)] == [NEW]


@pytest.mark.parametrize("kind", KINDS)
def test_the_runs_own_table_given_back_says_nothing(tmp_path, kind):
    made = Made(tmp_path, kind)
    found = made.imported(made.path)
    assert (found.said, found.left, found.as_before) == ([], [], 6)


def test_the_output_of_predict_does_not_say_what_was_corrected(made):
    header = ["texto", "rotulo", "label", "confidence", "abstained"]
    path = made.csv([["a b c", "Clima", "Clima", "0,5", "False"]], header=header)
    with pytest.raises(DataError, match="is what predict has written, and does not say which of its labels"):
        made.imported(path)
    path = made.csv([["a b c", "Clima", "Clima", "0,5", "False", "Preços"]], header=[*header, "correto"])
    assert [said.label for said in made.imported(path).said] == ["Preços"]


@pytest.mark.parametrize("prefix", ["", "predicted_"])
def test_of_answers_with_their_probabilities_those_count_that_somebody_has_changed(made, prefix):
    own = ["label", "confidence", "abstained", *(f"p:{label}" for label in made.identity.labels)]
    header = ["texto", *(f"{prefix}{name}" for name in own)]
    texts = [row.texts[0] for row in made.known]
    rows = [
        [texts[0], "Clima", "0,5", "False", "0,5", "0,3", "0,2"],
        [texts[1], "Preços", "0,5", "False", "0,5", "0,3", "0,2"],
        [texts[2], "Preços", "0,4", "False", "0,2", "0,4", "0,4"],
        [texts[3], "Nova", "0,4", "False", "0,2", "0,4", "0,4"],
        [texts[4], "", "0,4", "False", "0,2", "0,4", "0,4"],
    ]
    found = made.imported(made.csv(rows, header=header))
    assert {said.row.position: said.label for said in found.said} == {1: "Preços", 3: "Nova"}
    assert found.unlabelled == 3


def test_a_table_without_labels_is_refused(made):
    with pytest.raises(
        DataError, match=r'no column of corrections: it has "texto", "id"\. Call the one .* "correct"'
    ):
        made.imported(made.csv([["a b", "1"]], header=["texto", "id"]))


@pytest.mark.parametrize("content", [b"", b"\0\1\2" * 50, b"PK\x03\x04broken"])
def test_a_broken_workbook_is_refused(made, content):
    path = made.folder / "quebrado.xlsx"
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        made.imported(path)
    assert refused.value.status == 2


# ---- as corrections ---------------------------------------------------------------------------------------------


def test_people_who_differ_in_a_table_are_a_conflict(made):
    text = made.known[0].texts[0]
    rows = [
        [text, "Preços", "Ana", ""],
        [text, "Clima", "Beto", "choveu"],
        [made.known[1].texts[0], "Clima", "", ""],
    ]
    path = made.csv(rows, header=["texto", "correto", "quem", "nota"])
    found = read_corrections(path, of=made.identity, known=made.known)
    assert [(each.row.position, each.label, each.who) for each in found.agreed] == [
        (1, "Clima", ("corrigido.csv",))
    ]
    [conflict] = found.conflicts
    assert (conflict.said, conflict.note) == ({"Ana": "Preços", "Beto": "Clima"}, "choveu")


def test_two_answers_of_one_person_are_a_conflict_too(made):
    text = made.known[0].texts[0]
    path = made.csv([[text, "Preços"], [text, "Clima"]], header=["texto", "correto"])
    [conflict] = read_corrections(path, of=made.identity, known=made.known).conflicts
    assert conflict.said == {"corrigido.csv, line 2": "Preços", "corrigido.csv, line 3": "Clima"}


def test_what_is_not_clear_is_told_and_nothing_of_it_counts(made):
    rows = [[row.texts[0], "Climma"] for row in made.known] * 3
    with pytest.raises(DataError, match=r'18 rows are not clear:\n  line 2: "Climma"') as no:
        read_corrections(made.csv(rows, header=["texto", "correto"]), of=made.identity, known=made.known)
    assert str(no.value).count("did you mean") == 10
    assert "\n  and 8 more\nMend these rows" in str(no.value)


def test_the_file_of_a_run_is_read_whoever_has_it_open(made):
    file = made.folder / "corrections.sqlite"
    with Store.opened(file, of=made.identity) as store:
        store.say(*store.take(made.known[:1], reason="unsure"), label="Preços", who="Ana")
        [agreed] = read_corrections(file, of=made.identity).agreed
    assert (agreed.row, agreed.label, agreed.reason) == (made.known[0], "Preços", "unsure")
    with pytest.raises(
        ConfigError, match=r"corrections of another training \(version_0\), and not of version_5"
    ):
        read_corrections(file, of=replace(made.identity, run="version_5", training="b"))


# ---- written and read again -------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".tsv"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_again_in_either_language(tmp_path, kind, suffix):
    made = Made(tmp_path, kind)
    frame = made.table.frame
    cells = [{name: str(frame[name].iloc[at]) for name in made.identity.columns} for at in range(6)]
    known = [replace(row, cells=own) for row, own in zip(made.known, cells, strict=True)]
    with Store.opened(tmp_path / "corrections.sqlite", of=made.identity) as store:
        numbers = store.take(known, reason="unsure")
        labels = [label for _, label in GOOD[kind].values()]
        for number, label in zip(numbers, labels, strict=False):
            store.say(number, label=label, who="Ana", note="=1+1")
        store.say(numbers[0], label=labels[0], who="Souza, Caio")
        store.say(numbers[1], label=labels[0], who="Beto")
        found = store.corrections()
    path = corrections_path(tmp_path / f"saida{suffix}", overwrite=False)
    with speaking("pt"):
        rows = write_corrections(path, found, columns=made.identity.columns)
    assert rows == len(found.agreed) + 2 * len(found.conflicts) >= len(labels)
    again = read_corrections(path, of=made.identity, reading=made.reading, known=known)
    assert {(each.row.position, each.label) for each in again.agreed} == {
        (each.row.position, each.label) for each in found.agreed
    }
    assert [each.said for each in again.conflicts] == [each.said for each in found.conflicts]
    assert {each.who for each in again.agreed} == {each.who for each in found.agreed}


def test_formulas_are_texts_in_what_is_written(made):
    row = replace(made.known[0], texts=("=1+1",), cells={"texto": "=HYPERLINK(1)"})
    with Store.opened(made.folder / "corrections.sqlite", of=made.identity) as store:
        store.say(*store.take([row], reason=""), label="Clima", who="@Ana", note="+1+x")
        found = store.corrections()
    write_corrections(made.folder / "a.csv", found, columns=("texto",))
    text = (made.folder / "a.csv").read_text(encoding="utf-8-sig")
    assert all(f"'{each}" in text for each in ("=HYPERLINK(1)", "@Ana", "+1+x"))


def test_where_it_cannot_be_written_is_told_before_anything_is_read(made):
    (made.folder / "a.csv").write_text("mine")
    with pytest.raises(
        ConfigError, match="there is a file of this name, which may hold what somebody has written"
    ):
        corrections_path(made.folder / "a.csv", overwrite=False)
    assert corrections_path(made.folder / "a.csv", overwrite=True)
    with pytest.raises(ConfigError, match="there is no folder"):
        corrections_path(made.folder / "none" / "a.csv", overwrite=False)
    with pytest.raises(ConfigError, match=r'its kind ".docx" is not known'):
        corrections_path(made.folder / "a.docx", overwrite=False)


# ---- into the file of the run -----------------------------------------------------------------------------------


def test_what_was_imported_once_is_not_said_again(made):
    found = made.imported(made.review({0: "Preços", 1: "Clima"}))
    said = [(each.row, each.label, each.who, each.note) for each in found.said]
    with Store.opened(made.folder / "corrections.sqlite", of=made.identity) as store:
        assert store.say_each(said) == 2
        assert store.say_each(said) == 0
        assert store.say_each([(said[0][0], "Clima", "Ana", "")]) == 1
        assert [mark.label for mark in store.marks()] == ["Preços", "Clima", "Clima"]
