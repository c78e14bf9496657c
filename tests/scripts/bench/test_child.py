"""What scripts/bench/child.py hears from a process of its own, and what it says where that fails."""

import pytest


@pytest.fixture(scope="module")
def child(script):
    return script("bench/child")


def test_it_hears_what_is_told_among_what_is_printed_and_of_twice_the_first(child, tmp_path):
    code = """
import os, sys
from child import elapsed, tell
print("Epoch 1", file=sys.stderr, end="")
tell(first=1, started=elapsed())
print("bench is no mark")
tell(first=2, second=os.environ["OF_THE_BENCH"], folder=os.getcwd())
"""
    ended = child.run(["-c", code], folder=tmp_path, environment={"OF_THE_BENCH": "given"})
    assert 0 < ended.told.pop("started") < ended.seconds
    assert ended.told == {"first": 1, "second": "given", "folder": str(tmp_path.resolve())}
    assert (
        0 < ended.peak_gib < 24
    )  # of this machine, in GiB; that of the test itself counts until the child is there


def test_a_failure_is_told_with_what_was_printed(child):
    code = "import sys; print('half way'); sys.exit('no table')"
    with pytest.raises(SystemExit, match=r"(?s)python -c .* ended with status 1:\nhalf way\nno table"):
        child.run(["-c", code])


def test_silence_is_a_failure_where_something_was_to_be_told(child):
    assert child.run(["-c", "print('done')"], tells=False).told == {}
    with pytest.raises(SystemExit, match=r"python -c print\('done'\) told nothing:\ndone"):
        child.run(["-c", "print('done')"])


def test_another_copy_of_the_project_in_the_current_folder_is_not_what_is_measured(child, tmp_path):
    (tmp_path / "finetune").mkdir()
    (tmp_path / "finetune/__init__.py").write_text("raise SystemExit('another copy')")
    code = "import finetune\nfrom child import tell\ntell(file=finetune.__file__)"
    assert not child.run(["-c", code], folder=tmp_path).told["file"].startswith(str(tmp_path))


def test_a_command_that_may_find_something_ends_as_it_should_with_either_status(child):
    for status in (0, 1):
        child.run(["-c", f"raise SystemExit({status})"], tells=False, statuses=(0, 1))
    with pytest.raises(SystemExit, match="ended with status 2"):
        child.run(["-c", "raise SystemExit(2)"], tells=False, statuses=(0, 1))
