"""A watched folder: what comes is answered once, what is wrong is moved, and nothing of it stops the rest."""

import errno
import json
import os
import shutil

import pytest

from finetune.commands.watch import answering as answering_module
from finetune.commands.watch import watching as watching_module
from finetune.commands.watch.places import checked, held
from finetune.commands.watch.snapshot import Changed
from finetune.errors import ConfigError
from finetune.runtime.answering.of_table import answer_table
from tests.served_folders import KINDS

TABLES = {
    "pair": "titulo,corpo\no boi,gordo\na chuva,forte\n",
    "template": "estado;texto\r\nMT;o boi gordo\r\nSP;a chuva\r\n",
}
TABLE = "id,texto\n1,o boi gordo\n2,a chuva\n3,\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_answered_as_predict_answers_it(place, engine_of, tmp_path, kind):
    engine = engine_of(kind)
    table = place.put("novos.csv", TABLES.get(kind, TABLE))
    expected = tmp_path / "esperado.csv"
    answer_table(engine.model, engine.making, table, expected, guard=False, overwrite=False)
    place.once(engine)
    assert place.answered == ["novos_2026-11-30_1712.csv"]
    assert (place.answers / place.answered[0]).read_bytes() == expected.read_bytes()
    assert "2 rows answered" in place.log
    assert table.exists()


def test_the_answers_are_of_the_kind_of_the_table(place, engine):
    place.put("a.tsv", "id\ttexto\n1\to boi\n")
    place.put("b.JSONL", '{"texto": "o boi"}\n')
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["texto", "nota"])
    book.active.append(["o boi", 3])
    book.save(place.source / "c.xlsx")
    place.once(engine)
    assert place.answered == [
        "a_2026-11-30_1712.tsv",
        "b_2026-11-30_1712.JSONL",
        "c_2026-11-30_1712.xlsx",
    ]
    sheet = openpyxl.load_workbook(place.answers / place.answered[2]).active
    assert [cell.value for cell in sheet[1]] == ["texto", "nota", "label", "confidence", "abstained"]


WRONG = {
    "sem_coluna.csv": (b"x,y\n1,2\n", '"texto"'),
    "pdf.csv": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "PDF"),
    "danificado.xlsx": (b"PK\x03\x04" + bytes(range(200)), "broken, or locked by a password"),
    "com_senha.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "locked by a password"),
    "vazio.csv": (b"", "empty"),
    "so_cabecalho.csv": (b"id,texto\n", "no rows"),
    "leia.docx": (b"PK\x03\x04", ".docx"),
    "sem_sufixo": (b"texto\nboi\n", "not known"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_answered_is_moved_with_its_message(place, engine, name):
    content, told = WRONG[name]
    place.put(name, content)
    place.put("z.csv", TABLE)
    place.once(engine)
    assert place.wrong == [name, f"{name}.txt"]
    assert (place.source / "erros" / name).read_bytes() == content
    message = (place.source / "erros" / f"{name}.txt").read_text(encoding="utf-8")
    assert told in message
    assert message.startswith(f"{name}:")
    assert ".finetune_watch" not in message
    assert place.answered == ["z_2026-11-30_1712.csv"]
    assert told in place.log


def test_a_name_that_is_in_erros_already_gets_a_number(place, engine):
    for number in range(3):
        place.put("a.csv", f"x\n{number}\n")
        place.once(engine)
    names = ["a.csv", "a_2.csv", "a_3.csv"]
    assert place.wrong == sorted([*names, *(f"{name}.txt" for name in names)])
    contents = [(place.source / "erros" / name).read_text() for name in names]
    assert contents == ["x\n0\n", "x\n1\n", "x\n2\n"]


def test_a_message_is_never_written_over_a_table(place, engine):
    place.put("a.csv.txt", "")
    place.once(engine)
    place.put("a.csv", "x\n1\n")
    place.once(engine)
    assert (place.source / "erros" / "a.csv.txt").read_text() == ""
    assert place.wrong == ["a.csv.txt", "a.csv.txt.txt", "a_2.csv", "a_2.csv.txt"]


def test_a_message_whose_file_was_taken_away_is_written_anew(place, engine):
    for number in range(2):
        place.put("a.csv", f"x\n{number}\n")
        place.once(engine)
        (place.source / "erros" / "a.csv").unlink()
    assert place.wrong == ["a.csv.txt"]


def test_of_a_long_name_the_date_of_the_answers_stays(place, engine):
    place.put("ã" * 125 + ".csv", TABLE)
    place.once(engine)
    (name,) = place.answered
    assert name.startswith("ãã")
    assert name.endswith("ã_2026-11-30_1712.csv")


def test_a_long_name_without_a_known_end_is_moved_as_others_are(place, engine):
    place.put("q." + "z" * 250, "x")
    place.once(engine)
    assert [name[:4] for name in place.wrong] == ["q.zz", "q.zz"]
    assert "not now" not in place.log


def test_what_a_watch_writes_beside_its_answers_is_no_table_of_the_next(place, engine):
    for name in ("finetune_watch.log", "drift.json"):
        place.put(name, "x")
    place.once(engine)
    assert place.wrong == []
    assert place.log.count("\n") == 3  # it begins, drift is not watched, it ends


def test_answers_of_another_file_are_not_taken_for_those_of_a_killed_one(place, engine):
    """Both were to be called the same, as the second came in the same minute."""
    table = place.put("a.csv", TABLE)
    place.once(engine)
    journal = place.answers / ".finetune_watch" / "done.jsonl"
    (line, _) = [json.loads(line) for line in journal.read_text().splitlines()]
    (place.answers / line["answers"]).unlink()
    journal.write_text(json.dumps(line) + "\n")
    place.put("a.csv", TABLE + "4,o trigo\n")
    place.once(engine)
    place.put("b.csv", TABLE + "5,o trigo\n")
    place.once(engine)
    table.write_text(TABLE)
    place.once(engine)
    assert len(place.answered) == 3


def test_answers_are_never_written_over(place, engine):
    place.put("a.csv", TABLE)
    (place.answers / "a_2026-11-30_1712.csv").write_text("do usuário")
    place.once(engine)
    assert place.answered == ["a_2026-11-30_1712.csv", "a_2026-11-30_1712_2.csv"]
    assert (place.answers / place.answered[0]).read_text() == "do usuário"


def test_what_was_answered_is_not_answered_again_and_what_has_changed_is(place, engine):
    table = place.put("a.csv", TABLE)
    place.once(engine)
    place.once(engine)
    os.utime(table, (1, 1))
    place.once(engine)
    assert len(place.answered) == 1
    place.time.passed += 60
    place.put("a.csv", TABLE + "4,o trigo\n")
    place.once(engine)
    assert place.answered == ["a_2026-11-30_1712.csv", "a_2026-11-30_1713.csv"]


def test_the_same_under_another_name_is_told_once_and_not_answered(place, engine):
    place.put("a.csv", TABLE)
    place.put("b.csv", TABLE)
    place.once(engine)
    place.once(engine)
    assert place.answered == ["a_2026-11-30_1712.csv"]
    assert place.log.count('b.csv: holds the same as "a.csv"') == 1


def test_what_comes_while_it_watches_is_answered_once_it_stands_still(place, engine):
    place.time.at(10, lambda: place.put("a.csv", "texto\no b"))
    place.time.at(13, lambda: place.put("a.csv", TABLE))
    place.until(engine, 16)
    assert place.answered == []
    place.until(engine, 20)
    assert len(place.answered) == 1
    assert "2 rows answered" in place.log


def test_what_does_not_stand_still_is_left_for_the_next_time(place, engine):
    place.put("a.csv", "texto\no b")
    place.time.at(4, lambda: place.put("a.csv", TABLE))
    place.once(engine)
    assert place.answered == []
    assert "a.csv" in place.log
    place.once(engine)
    assert len(place.answered) == 1


def test_a_full_disk_leaves_the_file_and_it_is_tried_again(place, engine, monkeypatch):
    label, full = answering_module.label_table, [True]

    def labelled(*given, **how):
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return label(*given, **how)

    monkeypatch.setattr(answering_module, "label_table", labelled)
    place.put("a.csv", TABLE)
    place.time.at(100, full.clear)
    place.until(engine, 150)
    assert place.answered == ["a_2026-11-30_1714.csv"]
    assert place.wrong == []
    assert place.log.count("no space left on the disk") == 1


def test_a_file_that_another_program_has_locked_is_tried_again(place, engine, monkeypatch):
    copy, locked = answering_module.copied, [True]

    def copied(file, folder):
        if locked and file.name == "a.csv":
            raise PermissionError(errno.EACCES, "Permission denied")
        return copy(file, folder)

    monkeypatch.setattr(answering_module, "copied", copied)
    place.put("a.csv", TABLE)
    place.put("b.csv", TABLE + "4,o trigo\n")
    place.time.at(50, locked.clear)
    place.until(engine, 100)
    assert len(place.answered) == 2
    assert place.wrong == []


def test_whatever_one_file_does_the_others_are_answered(place, engine, monkeypatch):
    ask = type(engine.model).probabilities

    def probabilities(self, texts):
        if ("veneno",) in texts:
            raise MemoryError
        return ask(self, texts)

    monkeypatch.setattr(type(engine.model), "probabilities", probabilities)
    place.put("a.csv", "texto\nveneno\n")
    place.put("b.csv", TABLE)
    place.once(engine)
    assert place.wrong == ["a.csv", "a.csv.txt"]
    assert place.answered == ["b_2026-11-30_1712.csv"]


def test_a_file_that_changes_while_it_is_copied_is_looked_at_again(place, engine, monkeypatch):
    table, same = place.put("a.csv", TABLE), answering_module.copied

    def copied(file, folder):
        monkeypatch.setattr(answering_module, "copied", same)
        found = same(file, folder)
        table.write_text(TABLE + "4,o trigo\n")
        assert not found.is_as_it_was
        raise Changed

    monkeypatch.setattr(answering_module, "copied", copied)
    place.until(engine, 30)
    assert len(place.answered) == 1
    assert "3 rows answered" in place.log


def test_a_wrong_file_that_was_mended_meanwhile_is_not_moved(place, engine, monkeypatch):
    table, aside = place.put("a.csv", "x\n1\n"), answering_module.set_aside

    def set_aside(snapshot, folder, told):
        table.write_text(TABLE)
        return aside(snapshot, folder, told)

    monkeypatch.setattr(answering_module, "set_aside", set_aside)
    place.until(engine, 30)
    assert place.wrong == []
    assert len(place.answered) == 1


def test_a_folder_that_is_away_for_a_while_is_waited_for(place, engine):
    away = place.source.with_name("longe")
    place.put("a.csv", TABLE)
    place.time.at(1, lambda: place.source.rename(away))
    place.time.at(30, lambda: away.rename(place.source))
    place.until(engine, 60)
    assert place.log.count("waiting for it") == 1
    assert place.log.count("there again") == 1
    assert len(place.answered) == 1


def test_a_folder_of_answers_that_is_away_for_a_while_is_waited_for(place, engine):
    """As a disk that is taken out: what is answered meanwhile would lie where nobody looks for it."""
    away = place.answers.with_name("fora")

    def take():
        place.answers.rename(away)
        place.put("a.csv", TABLE)

    def give():
        assert not place.answers.exists()
        away.rename(place.answers)

    place.time.at(5, take)
    place.time.at(40, give)
    place.until(engine, 90)
    assert [name[:2] for name in place.answered] == ["a_"]


def test_a_run_that_changes_is_told_once_and_the_opened_one_answers_on(place, engine_of, folders, tmp_path):
    from finetune.engines.opened import opened

    shutil.copytree(folders / "single_label", tmp_path / "modelo")
    engine = opened(str(tmp_path / "modelo"), engine="auto", answer=None, root=tmp_path)
    engine.warm()
    place.time.at(10, lambda: (tmp_path / "modelo" / "proof.json").write_text("{}"))
    place.time.at(10, lambda: place.put("a.csv", TABLE))
    place.until(engine, 60)
    assert place.log.count("has changed since it was opened") == 1
    assert len(place.answered) == 1


def test_what_a_killed_process_has_left_is_cleared_and_answered_once(place, engine, monkeypatch):
    """Killed at every place where something is written: nobody cleans up, and the next start has all it needs."""
    add = answering_module.Journal.add
    for killed_before in ("begun", "answered", None):

        def killing(self, what, *given, before=killed_before, **how):
            if what == before:
                monkeypatch.setattr(answering_module.Journal, "add", lambda *_, **__: None)
                raise SystemExit  # as far as the files go: what follows writes nothing
            add(self, what, *given, **how)

        monkeypatch.setattr(answering_module.Journal, "add", killing)
        place.put(f"{killed_before}.csv", f"{TABLE}9,{killed_before}\n")
        if killed_before:
            with pytest.raises(SystemExit):
                place.once(engine)
        else:
            place.once(engine)
    assert place.answered == [f"{name}_2026-11-30_1712.csv" for name in ("None", "answered", "begun")]
    assert not list((place.answers / ".finetune_watch" / "at_hand").glob("*"))


def test_what_is_interrupted_once_its_answers_are_there_is_not_answered_again(place, engine, monkeypatch):
    def interrupted(act):
        act()
        raise KeyboardInterrupt

    place.put("a.csv", TABLE)
    monkeypatch.setattr(answering_module, "patiently", interrupted)
    with pytest.raises(KeyboardInterrupt):
        place.once(engine)
    monkeypatch.undo()
    place.once(engine)
    assert place.answered == ["a_2026-11-30_1712.csv"]


def test_nothing_is_left_of_a_file_once_it_is_dealt_with(place, engine, monkeypatch):
    at_hand, seen = place.answers / ".finetune_watch" / "at_hand", []
    take = watching_module.Watching._take

    def taken(self, snapshot):
        seen.append(list(at_hand.glob("*")))
        shutil.rmtree(at_hand)
        take(self, snapshot)

    monkeypatch.setattr(watching_module.Watching, "_take", taken)
    place.put("a.csv", TABLE)
    place.put("b.csv", "x\n1\n")
    place.put("c.csv", TABLE + "4,o trigo\n")
    place.once(engine)
    assert seen == [[], [], []]
    assert len(place.answered) == 2


def test_drafts_of_a_killed_process_are_removed(place):
    places = checked(place.source, place.answers)
    places.at_hand.mkdir()
    (places.at_hand / ".answers.x.csv").write_text("metade")
    with held(places):
        assert list(places.at_hand.iterdir()) == []
    assert not places.at_hand.exists()


def test_a_file_at_which_the_program_was_killed_again_and_again_is_moved(place, engine):
    table = place.put("a.csv", TABLE)
    place.put("b.csv", TABLE + "4,o trigo\n")
    place.once(engine)
    journal = place.answers / ".finetune_watch" / "done.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    begun = next(line for line in lines if line["name"] == "a.csv" and line["what"] == "begun")
    (place.answers / begun["answers"]).unlink()
    others = [line for line in lines if line["name"] != "a.csv"]
    journal.write_text("".join(f"{json.dumps(line)}\n" for line in [*others, begun, begun, begun]))
    place.once(engine)
    assert place.wrong == ["a.csv", "a.csv.txt"]
    assert not table.exists()
    assert "a.csv: the program was killed 3 times" in place.log
    (place.source / "erros" / "a.csv").rename(table)
    place.once(engine)
    assert [name[:2] for name in place.answered] == ["a_", "b_"]


def test_a_damaged_note_of_what_was_answered_is_told(place, engine, capsys):
    from finetune.commands.watch.command import _journal
    from finetune.commands.watch.log import Log

    place.put("a.csv", TABLE)
    place.once(engine)
    places = checked(place.source, place.answers)
    with places.journal.open("a") as file:
        file.write('{"what": "answe')
    _journal(places, Log(places.log, place.time.now))
    assert "1 line of what was answered is damaged" in capsys.readouterr().out
    place.once(engine)
    assert len(place.answered) == 1


def test_a_stop_ends_behind_the_file_at_hand(place, engine, monkeypatch):
    watching, stopping = watching_module.Watching, []
    answer = answering_module.Answering.answer

    def answered(self, file):
        stopping[0].stop()
        return answer(self, file)

    def made(*given, **how):
        stopping.append(watching(*given, **how))
        return stopping[0]

    monkeypatch.setattr("finetune.commands.watch.command.Watching", made)
    monkeypatch.setattr(answering_module.Answering, "answer", answered)
    place.put("a.csv", TABLE)
    place.put("b.csv", TABLE + "4,o trigo\n")
    place._watch(engine, once=False)
    assert place.answered == ["a_2026-11-30_1712.csv"]
    assert "all that was begun is answered" in place.log


@pytest.mark.parametrize("answers", ["entrada", "entrada/erros", "entrada/../entrada"])
def test_answers_do_not_go_where_they_would_be_answered(place, tmp_path, answers):
    (place.source / "erros").mkdir()
    with pytest.raises(ConfigError, match="answered again"):
        checked(place.source, tmp_path / answers)


def test_folders_within_the_folder_are_left_alone(place, engine):
    place.answers = place.source / "respostas"
    place.answers.mkdir()
    place.put("a.csv", TABLE)
    place.until(engine, 60)
    assert place.answered == ["a_2026-11-30_1712.csv"]
