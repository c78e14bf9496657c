import pytest

from finetune.errors import ConfigError
from finetune.runs import named
from finetune.runs.find import find
from finetune.runs.folder import names
from finetune.runs.named import run_named, there_are
from finetune.runs.run_name import NAME
from tests.finetune.runs.test_folder import make


def called(folder, name):
    (folder / NAME).write_text(f"{name}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("typed", ["produção", "producao", "PRODUCAO"])
def test_a_run_is_found_by_its_name_however_that_is_typed(tmp_path, typed):
    make(tmp_path, 0)
    run = called(make(tmp_path, 1), "produção")
    assert run_named(typed, tmp_path) == run
    assert find(typed, tmp_path) == run


def test_a_name_that_no_run_has_is_none(tmp_path):
    make(tmp_path, 0)
    assert run_named("producao", tmp_path) is None
    assert run_named("producao", tmp_path / "nowhere") is None


def test_an_error_that_lists_the_runs_tells_their_names(tmp_path):
    make(tmp_path, 0)
    called(make(tmp_path, 1), "producao")
    called(make(tmp_path, 0, kind="adapt"), "lingua")
    with pytest.raises(
        ConfigError, match=r'no run "produto".*: version_0, version_1 \(producao\), adapt_0 \(lingua\)\. Give'
    ):
        find("produto", tmp_path)


def test_a_folder_that_was_copied_with_its_name_is_told_and_none_is_taken(tmp_path):
    one, two = called(make(tmp_path, 0), "producao"), called(make(tmp_path, 1), "Produção")
    with pytest.raises(ConfigError) as caught:
        find("producao", tmp_path)
    assert f"several runs are called producao: {one}, {two}." in str(caught.value)
    assert "\n  finetune runs name version_1 --none" in str(caught.value)


@pytest.mark.parametrize("mark", ["config.yaml", "finetune.json", "config.json", "crossval.json"])
def test_a_folder_of_the_same_name_is_told_and_none_is_taken(tmp_path, monkeypatch, mark):
    monkeypatch.chdir(tmp_path)
    run = called(make(tmp_path / "runs", 0), "producao")
    (tmp_path / "producao").mkdir()
    assert find("producao", tmp_path / "runs") == run  # nothing in it could be meant
    (tmp_path / "producao" / mark).write_text("{}")
    with pytest.raises(ConfigError, match=r"version_0 is the run, \./producao the folder"):
        find("producao", tmp_path / "runs")


def test_a_name_moves_with_the_folder(tmp_path):
    run = called(make(tmp_path / "a", 0), "producao")
    (tmp_path / "b").mkdir()
    run.rename(tmp_path / "b" / "version_7")
    assert run_named("producao", tmp_path / "a") is None
    assert run_named("producao", tmp_path / "b") == tmp_path / "b" / "version_7"


def test_runs_of_all_kinds_have_names(tmp_path):
    for kind in ("version", "adapt", "baseline", "crossval"):
        called(make(tmp_path, 0, kind=kind), f"de-{kind[:3]}")
    assert (
        names(there_are(tmp_path))
        == "version_0 (de-ver), adapt_0 (de-ada), baseline_0 (de-bas), crossval_0 (de-cro)"
    )


@pytest.mark.parametrize("name", ["latest", "best", "embedded", "version_0", "0", "a/b"])
def test_a_file_of_anothers_run_takes_no_words_meaning(tmp_path, name):
    called(make(tmp_path, 1), name)
    assert run_named(name, tmp_path) is None


@pytest.mark.parametrize(("first", "then"), [([0, 1], [1]), ([], [1])])
def test_a_name_that_goes_on_while_it_is_looked_for_is_found(tmp_path, monkeypatch, first, then):
    runs = [make(tmp_path, number) for number in range(2)]
    looks = iter([first, then])
    seen = {}

    def name_of(run):
        if run == runs[0]:
            seen["has"] = next(looks)
        return "producao" if runs.index(run) in seen["has"] else None

    monkeypatch.setattr(named, "name_of", name_of)
    assert named.run_named("producao", tmp_path) == runs[1]
