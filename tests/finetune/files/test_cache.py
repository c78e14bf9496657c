import errno
import sys
from pathlib import Path

import pytest

from finetune.errors import UserError
from finetune.files.cache import cache_dir, publish_folder
from finetune.files.state import state_dir


def test_the_variable_wins_over_the_systems_place(monkeypatch):
    monkeypatch.setenv("FINETUNE_CACHE", "~/elsewhere")
    assert cache_dir() == Path.home() / "elsewhere"


def test_a_relative_place_is_the_same_after_a_change_of_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("FINETUNE_CACHE", "here")
    monkeypatch.chdir(tmp_path)
    assert cache_dir() == tmp_path / "here"


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/finetune"),
        ("linux", {"XDG_CACHE_HOME": "not/absolute"}, "~/.cache/finetune"),
        ("linux", {}, "~/.cache/finetune"),
        ("darwin", {"XDG_CACHE_HOME": "/x"}, "~/Library/Caches/finetune"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/finetune/cache"),
        ("win32", {}, "~/AppData/Local/finetune/cache"),
    ],
)
def test_each_system_has_its_usual_place(monkeypatch, platform, variables, expected):
    for name in ("FINETUNE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_dir() == Path(expected).expanduser()


@pytest.fixture
def homeless(monkeypatch):
    """An account without HOME that the system does not know, as a container may have."""

    def unknown(*user):
        raise KeyError(user)

    for name in ("HOME", "FINETUNE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setattr("pwd.getpwnam", unknown)


def test_without_a_home_the_variable_is_named(homeless, monkeypatch):
    with pytest.raises(UserError, match=r"\(no HOME\)\. Name a folder:\n  FINETUNE_CACHE="):
        cache_dir()
    monkeypatch.setenv("FINETUNE_CACHE", "/x")
    assert cache_dir() == Path("/x")


@pytest.mark.parametrize(
    ("platform", "variable"), [("linux", "XDG_STATE_HOME"), ("darwin", "HOME"), ("win32", "LOCALAPPDATA")]
)
def test_neither_is_there_one_for_what_cannot_be_made_again(homeless, monkeypatch, platform, variable):
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(UserError, match=rf"\(no HOME\)\. Name a folder:\n  {variable}="):
        state_dir()


@pytest.mark.parametrize("path", ["~/dados.csv", "~maria/dados.csv"])
def test_a_home_that_nobody_knows_is_told_where_it_is_named(homeless, monkeypatch, path):
    from finetune.data.reading.sources import load
    from finetune.pretrained.folder import model_folder

    monkeypatch.setenv("FINETUNE_CACHE", path)
    for use in (cache_dir, lambda: load(path, reader=None), lambda: model_folder(path)):
        with pytest.raises(UserError, match=rf"{path}: the folder that ~\w* stands for is not known here"):
            use()


def test_help_needs_no_home(homeless, capsys):
    from finetune.cli.help import show_help

    assert show_help("fit", lambda: print("usage") or 0) == 0
    assert capsys.readouterr().out == "usage\n"


@pytest.mark.parametrize(
    "refused", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")]
)
def test_a_place_that_cannot_be_looked_into_names_the_variable(monkeypatch, tmp_path, refused, tiny_model):
    from transformers import AutoTokenizer

    from finetune.data.batching.tokens import tokenize
    from finetune.pretrained.embedded import embedded_folder

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)

    def no(path, *arguments, **more):
        raise refused

    monkeypatch.setattr(Path, "read_text", no)
    monkeypatch.setattr(Path, "is_file", no)
    for use in (embedded_folder, lambda: tokenize(["boi"], tokenizer, cache=tmp_path)):
        with pytest.raises(UserError, match="FINETUNE_CACHE=/another/folder"):
            use()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write(text):
    def build(folder):
        (folder / "file").write_text(text)

    return build


def holds(text):
    return lambda folder: (folder / "file").is_file() and (folder / "file").read_text() == text


def test_a_folder_appears_with_its_content_and_nothing_beside_it(tmp_path):
    publish_folder(tmp_path / "new" / "folder", write("good"))
    assert (tmp_path / "new" / "folder" / "file").read_text() == "good"
    assert names(tmp_path / "new") == ["folder"]


def test_what_fails_half_way_leaves_nothing(tmp_path):
    def build(folder):
        (folder / "file").write_text("half")
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        publish_folder(tmp_path / "folder", build)
    assert names(tmp_path) == []


def test_another_process_that_was_first_keeps_its_folder(tmp_path):
    target = tmp_path / "folder"

    def build(draft):
        write("ours")(draft)
        target.mkdir()
        write("theirs")(target)

    publish_folder(target, build)
    assert (target / "file").read_text() == "theirs"
    assert names(tmp_path) == ["folder"]


def test_a_damaged_folder_is_replaced(tmp_path):
    publish_folder(tmp_path / "folder", write("damaged"))
    publish_folder(tmp_path / "folder", write("good"), is_good=holds("good"))
    assert (tmp_path / "folder" / "file").read_text() == "good"
    assert names(tmp_path) == ["folder"]


def test_a_place_that_cannot_be_written_says_how_to_choose_another(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match=r"cannot write .*file.*:\n  FINETUNE_CACHE=/another/folder$"):
        publish_folder(tmp_path / "file" / "folder", write("never"))


def test_a_folder_that_never_gets_good_ends_in_an_error_and_not_in_a_circle(tmp_path):
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder"

    def someone_is_always_first(folder):
        return False

    write("bad")(target)
    real = Path.rename

    def rename(self, to):
        if to == target and not target.exists():
            target.mkdir()
            write("bad")(target)
        return real(self, to)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(UserError, match="keeps being replaced"):
            publish_folder(target, write("good"), is_good=someone_is_always_first)


def test_a_bad_folder_is_replaced_where_no_folder_takes_the_place_of_another(tmp_path, monkeypatch):
    real = Path.rename

    def rename(self, target):
        if Path(target).exists():  # as on Windows, also where it is empty
            raise FileExistsError(errno.EEXIST, "Cannot create a file when that file already exists")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").touch()
    publish_folder(
        target, lambda draft: (draft / "new").touch(), is_good=lambda folder: (folder / "new").exists()
    )
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
