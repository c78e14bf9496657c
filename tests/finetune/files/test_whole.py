from pathlib import Path

import pytest

from finetune.files.whole import write_folder_through


def of(text):
    return lambda folder: (folder / "a").write_text(text)


def test_a_folder_takes_the_place_of_the_one_before(tmp_path):
    for text in ("one", "two"):
        write_folder_through(tmp_path / "model", of(text))
    assert (tmp_path / "model" / "a").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("refused", ["model", "new"])
def test_where_it_cannot_the_old_one_stays_and_no_draft(tmp_path, monkeypatch, refused):
    real = Path.rename

    def rename(path, target):
        if path.name == refused:
            raise PermissionError(13, "it is open", str(path), 5, str(target))
        return real(path, target)

    write_folder_through(tmp_path / "model", of("one"))
    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(PermissionError) as error:
        write_folder_through(tmp_path / "model", of("two"))
    assert (error.value.filename, error.value.filename2) == (str(tmp_path / "model"), None)
    assert (tmp_path / "model" / "a").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
