from finetune.corrections.corrections import counted
from finetune.corrections.mark import Mark
from tests.finetune.corrections.conftest import row

ROWS = {number: row(number) for number in range(1, 5)}


def marks(*said):
    """Marks of (row, who, label), with what is set besides."""
    return [
        Mark(number, at, label, who, f"2026-01-01T00:00:0{number}", **(more[0] if more else {}))
        for number, (at, who, label, *more) in enumerate(said, 1)
    ]


def counts(*said):
    return counted(marks(*said), ROWS, reasons={1: "unsure"}, source="a.sqlite")


def test_what_all_say_counts_with_who_said_it_and_why_the_row_was_shown():
    found = counts((1, "Ana", "Clima", {"note": "chuva"}), (1, "Beto", "Clima", {"note": "seca"}))
    [agreed] = found.agreed
    assert (agreed.row, agreed.label, agreed.who) == (ROWS[1], "Clima", ("Ana", "Beto"))
    assert (agreed.at, agreed.note, agreed.reason) == ("2026-01-01T00:00:02", "chuva; seca", "unsure")
    assert (found.conflicts, found.skipped, found.source) == ([], 0, "a.sqlite")
    assert not agreed.changes  # it is the label that the table has
    assert counts((1, "Ana", "Preços")).agreed[0].changes


def test_of_each_person_the_last_label_counts_and_none_that_was_taken_back():
    found = counts((1, "Ana", "Clima"), (1, "Ana", "Preços"), (1, "Ana", "Pecuária", {"undone": True}))
    assert [(each.label, each.who) for each in found.agreed] == [("Preços", ("Ana",))]


def test_people_who_differ_leave_it_open():
    found = counts((1, "Ana", "Clima"), (1, "Beto", "Preços"), (2, "Ana", "Clima"))
    assert [each.row for each in found.agreed] == [ROWS[2]]
    [conflict] = found.conflicts
    assert (conflict.row, conflict.said, conflict.reason) == (
        ROWS[1],
        {"Ana": "Clima", "Beto": "Preços"},
        "unsure",
    )


def test_who_settles_it_ends_what_was_said_before_and_what_is_said_behind_opens_it_anew():
    before = (1, "Ana", "Clima"), (1, "Beto", "Preços"), (1, "Caio", "Pecuária", {"settles": True})
    assert [(each.label, each.who) for each in counts(*before).agreed] == [("Pecuária", ("Caio",))]
    assert counts(*before, (1, "Caio", "Clima")).agreed[0].label == "Clima"
    assert counts(*before, (1, "Ana", "Clima")).conflicts[0].said == {"Caio": "Pecuária", "Ana": "Clima"}
    taken_back = (*before[:2], (1, "Caio", "Pecuária", {"settles": True, "undone": True}))
    assert counts(*taken_back).agreed == []


def test_a_row_that_was_skipped_by_all_has_no_label_and_a_skip_takes_nothing_back():
    found = counts(
        (1, "Ana", None), (2, "Ana", "Clima"), (2, "Ana", None), (3, "Beto", None, {"undone": True})
    )
    assert [each.row for each in found.agreed] == [ROWS[2]]
    assert found.skipped == 1


def test_no_label_at_all_is_a_label_where_several_may_stand():
    assert counts((1, "Ana", "")).agreed[0].label == ""
