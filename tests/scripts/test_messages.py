"""What scripts/messages.py finds wrong with the sentences of a language, and what it makes of a language's files."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages import pofile

ERRORS = """
class UserError(Exception): ...
class DataError(UserError): ...
"""
DATA = """
say("{n:,} row", "{n:,} rows", n=n)
note("all {what} is read")
raise DataError("{path}: no column {name}", path=path, name=name)
"""
RUNS = """
say("test", context="part of the table")
say("no run" if few else "many runs")
say("all {what} is read", what=what)
"""
HEAD = """\
msgid ""
msgstr ""
"Language: pt_BR\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
MARKS = """
#: callbacks/language/numbers.py
msgctxt "decimal mark"
msgid "."
msgstr ","
"""
PORTUGUESE = {
    "data": f"""{HEAD}
#: finetune/data/reading.py
msgid "{{n:,}} row"
msgid_plural "{{n:,}} rows"
msgstr[0] "{{n:,}} linha"
msgstr[1] "{{n:,}} linhas"

#: finetune/data/reading.py
msgid "all {{what}} is read"
msgstr "{{what}} já foi lido"

#: finetune/data/reading.py
msgid "{{path}}: no column {{name}}"
msgstr "{{path}}: não há coluna {{name}}"
""",
    "runs": f"""{HEAD}
#: finetune/runs/folder.py
msgctxt "part of the table"
msgid "test"
msgstr "teste"

#: finetune/runs/folder.py
msgid "no run"
msgstr "nenhum treino"

#: finetune/runs/folder.py
msgid "many runs"
msgstr "muitos treinos"

#: finetune/runs/folder.py
msgid "all {{what}} is read"
msgstr "{{what}} já foi lido"
""",
}


class Tree:
    """A small tree of sources with a language."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = {
            name: folder / "finetune" / name for name in ("errors.py", "data/reading.py", "runs/folder.py")
        }
        for file, text in zip(self.code.values(), (ERRORS, DATA, RUNS), strict=True):
            self.write(file, text)
        for room, text in PORTUGUESE.items():
            self.write(self.po(room), text)
        self.write(folder / "callbacks/language/numbers.py", 'term(".", context="decimal mark")\n')
        self.write(self.po("language", package="callbacks"), HEAD + MARKS)

    def write(self, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def po(self, room: str, language: str = "pt", package: str = "finetune") -> Path:
        """Returns the file of a room's sentences."""
        return self.folder / package / "language" / language / f"{room}.po"

    def change(self, file: Path, old: str, new: str) -> None:
        """Writes one thing for another into a file."""
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def told(self, room: str, language: str = "pt") -> dict[tuple[str, str], Any]:
        """Returns the translations of a room, by context and sentence."""
        with self.po(room, language).open("rb") as file:
            known = [message for message in pofile.read_po(file) if message.id]
        return {
            (each.context or "", each.id[0] if isinstance(each.id, tuple) else each.id): each.string
            for each in known
        }


@pytest.fixture
def messages(
    script: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    module = script("messages")
    monkeypatch.setattr(module.sentences, "ROOT", tmp_path)
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def call(messages: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["messages.py", *arguments])
    status: int = messages.main()
    return status


def test_where_all_is_well_nothing_is_said(messages, tree, monkeypatch, capsys):
    assert call(messages, monkeypatch, "check") == 0
    assert "".join(capsys.readouterr()) == ""


IN_TRANSLATIONS = {
    "missing": (
        ('\n#: finetune/runs/folder.py\nmsgid "no run"\nmsgstr "nenhum treino"\n', ""),
        "finetune/language/pt/runs.po: missing, of finetune/runs/folder.py: 'no run'",
    ),
    "not translated": (('"nenhum treino"', '""'), "finetune/language/pt/runs.po: not translated: 'no run'"),
    "fuzzy": (
        ('\nmsgid "no run"', '\n#, fuzzy\nmsgid "no run"'),
        "finetune/language/pt/runs.po: fuzzy: 'no run'",
    ),
    "left over": (
        ('msgid "no run"', 'msgid "what was said before"\nmsgstr "o de antes"\n\nmsgid "no run"'),
        "finetune/language/pt/runs.po: left over: 'what was said before'",
    ),
    "another context": (
        ('msgctxt "part of the table"', 'msgctxt "a command"'),
        "finetune/language/pt/runs.po: missing, of finetune/runs/folder.py: 'test'",
    ),
    "a gap gone": (
        ('"{what} já foi lido"', '"já foi lido"'),
        "finetune/language/pt/runs.po: its gaps are [], not [('what', '')]: 'all {what} is read'",
    ),
    "a gap misspelt": (
        ('"{what} já foi lido"', '"{oque} já foi lido"'),
        "finetune/language/pt/runs.po: its gaps are [('oque', '')], not [('what', '')]: 'all {what} is read'",
    ),
    "a broken gap": (
        ('"{what} já foi lido"', '"{what já foi lido"'),
        "finetune/language/pt/runs.po: a gap is broken (expected '}' before end of string): 'all {what} is read'",
    ),
    "a gap shown otherwise": (
        ('"{what} já foi lido"', '"{what!r} já foi lido"'),
        "finetune/language/pt/runs.po: its gaps are [('what', '!r')], not [('what', '')]: 'all {what} is read'",
    ),
    "a command within a line": (
        ('"muitos treinos"', '"muitos\\n  treinos"'),
        "finetune/language/pt/runs.po: a command to copy has no line of its own that begins with two blanks:"
        " 'many runs'",
    ),
    "begins otherwise": (
        ('"nenhum treino"', '" nenhum treino"'),
        "finetune/language/pt/runs.po: begins or ends otherwise (' '): 'no run'",
    ),
    "translated otherwise elsewhere": (
        ('"{what} já foi lido"', '"{what} está lido"'),
        "finetune/language/pt/runs.po: translated otherwise than in finetune/language/pt/data.po:"
        " 'all {what} is read'",
    ),
}


@pytest.mark.parametrize("what", IN_TRANSLATIONS)
def test_a_fault_of_a_translation_is_found(messages, tree, monkeypatch, capsys, what):
    change, fault = IN_TRANSLATIONS[what]
    tree.change(tree.po("runs"), *change)
    assert call(messages, monkeypatch, "check") == 1
    assert fault in capsys.readouterr().out.splitlines()
    assert call(messages, monkeypatch, "check", "--room", "model") == 0


def test_a_number_written_otherwise_is_found_but_the_form_for_one_may_do_without_it(messages, tree):
    tree.change(tree.po("data"), '[0] "{n:,} linha"', '[0] "uma linha"')
    assert list(messages.faults("pt")) == []
    tree.change(tree.po("data"), '[1] "{n:,} linhas"', '[1] "{n} linhas"')
    (fault,) = messages.faults("pt")
    assert fault.startswith("finetune/language/pt/data.po: its gaps are [('n', '')], not [('n', ',')]")


def test_a_form_that_is_not_translated_is_found(messages, tree):
    tree.change(tree.po("data"), '[1] "{n:,} linhas"', '[1] ""')
    (fault,) = messages.faults("pt")
    assert fault.startswith("finetune/language/pt/data.po: not translated")


IN_SOURCES = {
    "an f-string": ('say(f"{n} runs")', "say() needs its sentence as a literal, with the values as keywords"),
    "a sum": ('raise DataError("no " + what)', "DataError() needs its sentence as a literal"),
    "two forms without n": ('say("one run", "runs")', "two forms, but no n that says how many there are"),
    "one of two forms no literal": ('say("one run", f"{n} runs", n=n)', "say() needs both forms as literals"),
    "a context that is none": ('say("test", context=where)', "the context needs to be a literal"),
}


@pytest.mark.parametrize("what", IN_SOURCES)
def test_a_fault_of_the_sources_is_found(messages, tree, monkeypatch, capsys, what):
    code, fault = IN_SOURCES[what]
    tree.write(tree.code["runs/folder.py"], f"{RUNS}{code}\n")
    assert call(messages, monkeypatch, "check") == 1
    assert f"finetune/runs/folder.py:5: {fault}" in capsys.readouterr().out


def test_one_sentence_with_and_without_a_second_form_is_found(messages, tree):
    tree.write(tree.code["runs/folder.py"], RUNS + 'say("no run", "runs", n=n)\n')
    assert "finetune/runs/folder.py: said elsewhere with another form for several: 'no run'" in set(
        messages.faults("pt")
    )


def test_the_file_of_a_room_that_says_nothing_is_found(messages, tree):
    tree.write(tree.po("gone"), HEAD)
    assert list(messages.faults("pt")) == ["finetune/language/pt/gone.po: of a room that says nothing"]


def test_what_is_no_sentence_is_let_be(messages, tree):
    code = 'print("this")\nlog.append(f"{n}")\nsay(message)\nsay("")\n'
    tree.write(tree.code["runs/folder.py"], RUNS + code)
    assert list(messages.faults("pt")) == []


def test_update_keeps_what_is_translated_and_drops_what_is_gone(messages, tree, monkeypatch):
    code = RUNS.replace('"no run" if few else "many runs"', '"few runs" if few else "many runs"')
    tree.write(tree.code["runs/folder.py"], code)
    tree.change(
        tree.po("runs"),
        "#: finetune/runs/folder.py\nmsgctxt",
        "# Ask Ana.\n#. Said of rows.\n#: runs/old.py\nmsgctxt",
    )
    assert call(messages, monkeypatch, "update") == 0
    assert tree.told("runs") == {
        ("part of the table", "test"): "teste",
        ("", "few runs"): "",
        ("", "many runs"): "muitos treinos",
        ("", "all {what} is read"): "{what} já foi lido",
    }
    text = tree.po("runs").read_text(encoding="utf-8")
    assert "# Ask Ana.\n#. Said of rows.\n#: finetune/runs/folder.py\nmsgctxt" in text
    assert "old.py" not in text
    assert tree.po("data").read_text(encoding="utf-8") == PORTUGUESE["data"]
    (fault,) = messages.faults("pt")
    assert fault.endswith("not translated: 'few runs'")


def test_update_asks_for_a_look_where_the_form_for_several_has_changed(messages, tree, monkeypatch):
    tree.change(tree.code["data/reading.py"], '"{n:,} rows"', '"{n:,} rows of all"')
    assert call(messages, monkeypatch, "update") == 0
    assert tree.told("data")[("", "{n:,} row")] == ("{n:,} linha", "{n:,} linhas")
    assert any("fuzzy" in fault for fault in messages.faults("pt"))


def test_update_removes_the_file_of_a_room_that_says_nothing_any_more(messages, tree, monkeypatch):
    tree.write(tree.code["runs/folder.py"], "")
    assert call(messages, monkeypatch, "update") == 0
    assert not tree.po("runs").exists()
    assert list(messages.faults("pt")) == []


def test_update_of_one_room_leaves_the_others(messages, tree, monkeypatch):
    for name in ("data/reading.py", "runs/folder.py"):
        tree.write(tree.code[name], "say('what is new')\n")
    assert call(messages, monkeypatch, "update", "--room", "runs") == 0
    assert tree.told("runs") == {("", "what is new"): ""}
    assert tree.po("data").read_text(encoding="utf-8") == PORTUGUESE["data"]


def test_update_takes_over_what_another_room_has_translated(messages, tree, monkeypatch):
    tree.write(
        tree.folder / "finetune/cli/help.py",
        'say("{path}: no column {name}", path=p, name=n)\nsay("{n:,} row", "{n:,} rows", n=3)\n',
    )
    assert call(messages, monkeypatch, "update") == 0
    assert tree.told("cli") == {
        ("", "{path}: no column {name}"): "{path}: não há coluna {name}",
        ("", "{n:,} row"): ("{n:,} linha", "{n:,} linhas"),
    }
    assert list(messages.faults("pt")) == []


def test_a_sentence_with_a_form_more_is_new(messages, tree, monkeypatch):
    tree.change(tree.code["runs/folder.py"], '"no run" if few else "many runs"', '"no run", "many runs", n=n')
    assert call(messages, monkeypatch, "update") == 0
    assert tree.told("runs")[("", "no run")] == ("", "")


def test_a_new_language_begins_with_its_own_plural_rule(messages, tree, monkeypatch):
    assert call(messages, monkeypatch, "update", "--language", "fr") == 0
    assert tree.told("data", "fr").keys() == tree.told("data").keys()
    assert set(tree.told("data", "fr")[("", "{n:,} row")]) == {""}
    assert "n == 0 || n == 1" in tree.po("data", "fr").read_text(encoding="utf-8")
    assert tree.po("language", "fr", "callbacks").is_file()
    assert all("not translated" in fault for fault in messages.faults("fr"))


def test_a_new_language_has_the_hints_of_the_others_but_not_their_notes(messages, tree, monkeypatch):
    tree.change(
        tree.po("runs"), "#: finetune/runs/folder.py\nmsgctxt", "# Ask Ana.\n#. Said of rows.\nmsgctxt"
    )
    assert call(messages, monkeypatch, "update", "--language", "es") == 0
    text = tree.po("runs", "es").read_text(encoding="utf-8")
    assert '\n\n#. Said of rows.\n#: finetune/runs/folder.py\nmsgctxt "part of the table"\n' in text
    assert text.count("#. ") == 1
    assert "Ana" not in text


def test_a_new_room_has_the_plural_rule_of_its_languages_first_file(messages, tree, monkeypatch):
    head = HEAD.replace("pt_BR", "fr").replace("(n != 1)", "(n > 1)")
    tree.write(tree.po("language", "fr", "callbacks"), head + MARKS)
    assert call(messages, monkeypatch, "update", "--language", "fr") == 0
    text = tree.po("data", "fr").read_text(encoding="utf-8")
    assert '"Language: fr\\n"' in text
    assert "nplurals=2; plural=(n > 1);" in text
    assert tree.told("data", "fr")[("", "{n:,} row")] == ("", "")
    assert "decimal mark" not in text
    assert tree.po("language", "fr", "callbacks").read_text(encoding="utf-8") == head + MARKS


def test_all_languages_are_looked_at(messages, tree, monkeypatch, capsys):
    tree.write(tree.po("data", "es"), PORTUGUESE["data"].replace('"{what} já foi lido"', '""'))
    assert call(messages, monkeypatch, "check") == 1
    told = capsys.readouterr().out
    assert "finetune/language/es/data.po: not translated: 'all {what} is read'" in told
    assert "finetune/language/pt" not in told
    assert call(messages, monkeypatch, "check", "--language", "pt") == 0


def test_long_sentences_are_folded_and_read_the_same(messages, tree, monkeypatch):
    long = "word " * 60 + 'end\nanother line with "quotes" and \\\\ a stroke'
    tree.write(tree.code["runs/folder.py"], f"say({long!r})\n")
    assert call(messages, monkeypatch, "update") == 0
    assert set(tree.told("runs")) == {("", long)}
    assert max(map(len, tree.po("runs").read_text(encoding="utf-8").splitlines())) <= 110
