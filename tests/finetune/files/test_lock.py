import errno
import fcntl
import os

import pytest

from finetune.errors import UserError
from finetune.files.lock import locked, one_at_a_time, release


def test_a_second_one_does_not_get_it_until_it_is_given_back(tmp_path):
    path = tmp_path / "lock"
    first = locked(path, unable=pytest.fail)
    assert locked(path, unable=pytest.fail) is None
    release(first)
    assert not path.exists()
    second = locked(path, unable=pytest.fail)
    assert second is not None
    release(second)


def test_it_is_given_back_when_the_work_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), one_at_a_time(tmp_path / "a" / "lock", waiting=pytest.fail):
        raise ZeroDivisionError
    assert list((tmp_path / "a").iterdir()) == []


def test_where_nothing_can_be_locked_the_work_is_done_all_the_same(tmp_path, monkeypatch):
    def flock(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    done = []
    with one_at_a_time(tmp_path / "lock", waiting=pytest.fail):
        done.append(1)
    assert done == [1]


@pytest.mark.parametrize("where", ["flock", "stat"])
def test_a_file_that_another_machine_has_just_removed_is_opened_anew(tmp_path, monkeypatch, where):
    real = {"flock": fcntl.flock, "stat": os.fstat}[where]
    module = {"flock": fcntl, "stat": os}[where]
    name = {"flock": "flock", "stat": "fstat"}[where]

    def stale(*arguments):
        monkeypatch.setattr(module, name, real)
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(module, name, stale)
    file = locked(tmp_path / "lock", unable=pytest.fail)
    assert file is not None
    release(file)


def test_a_link_is_not_followed_and_what_it_leads_to_stays(tmp_path):
    (tmp_path / "diary").write_text("mine")
    (tmp_path / "lock").symlink_to(tmp_path / "diary")
    with pytest.raises(UserError, match=r"lock is a link to another place"):
        locked(tmp_path / "lock", unable=pytest.fail)
    assert (tmp_path / "diary").read_text() == "mine"
