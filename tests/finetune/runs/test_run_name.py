import unicodedata

import pytest

from finetune.errors import ConfigError
from finetune.runs.run_name import MOST_LETTERS, NAME, check_name, key_of, may_be_name, name_of


@pytest.mark.parametrize(
    "name", ["producao", "produção", "Safra-2026", "v2", "teste_A", "модель", "生产", "nan"]
)
def test_a_word_is_a_name(name):
    assert check_name(f" {name} ") == name


def test_a_name_is_kept_in_one_way_of_writing_its_accents():
    apart = unicodedata.normalize("NFD", "produção")
    assert apart != "produção"
    assert check_name(apart) == "produção"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("3", "v3"),
        ("3.5", "v3-5"),
        ("1e5", "v1e5"),
        ("٣", "v٣"),
        ("-x", "x"),
        ("--run", "run"),
        ("../fora", "fora"),
        ("a/b", "a-b"),
        ("C:\\modelos", "C-modelos"),
        ("config.yaml", "config-yaml"),
        ("modelo de produção", "modelo-de-produção"),
        ("a\nb", "a-b"),
        ("", "producao"),
        ("   ", "producao"),
        (".", "producao"),
        ("\x1b[31m", "v31m"),
        ("_x", "x"),
        ("🌱", "producao"),
        ("version.3", "producao"),
    ],
)
def test_what_reads_as_something_else_is_no_name_and_one_that_is_stands_beside(name, near):
    with pytest.raises(ConfigError, match="cannot be called") as caught:
        check_name(name)
    assert str(caught.value).endswith(f"such as {near}.")
    assert check_name(near) == near


@pytest.mark.parametrize(
    "name",
    [
        "latest",
        "Best",
        "LAST",
        "embedded",
        "none",
        "null",
        "true",
        "version_7",
        "Version",
        "adapt_0",
        "baseline-1",
        "crossval3",
        "fold_1",
    ],
)
def test_what_stands_for_something_else_is_no_name(name):
    with pytest.raises(ConfigError, match="stands for something else"):
        check_name(name)


def test_a_name_has_an_end():
    assert check_name("a" * MOST_LETTERS)
    with pytest.raises(ConfigError, match="that has 41 characters, and a name has 40 at most"):
        check_name("a" * (MOST_LETTERS + 1))


def test_large_letters_and_accents_tell_no_names_apart():
    assert key_of("PRODUÇÃO") == key_of("producao") == key_of(unicodedata.normalize("NFD", "Produção"))
    assert key_of("producao") != key_of("produtor")


def test_what_may_not_be_a_name_is_not_looked_for():
    assert not any(map(may_be_name, ["3", "a/b", "", "lightning_logs/version_0", "-x"]))
    assert may_be_name("produção")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("produção\n".encode(), "produção"),
        (b"  a  \r\nb\n", "a"),
        (b"", None),
        (b"\n\nx", None),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 10**6, "x" * MOST_LETTERS),
    ],
)
def test_whatever_stands_in_the_file_is_the_name(tmp_path, content, name):
    (tmp_path / NAME).write_bytes(content)
    assert name_of(tmp_path) == name


def test_without_the_file_there_is_no_name(tmp_path):
    assert name_of(tmp_path) is None
    (tmp_path / NAME).mkdir()
    assert name_of(tmp_path) is None
