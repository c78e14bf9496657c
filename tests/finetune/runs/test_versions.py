import platform

import torch

from finetune import __version__
from finetune.runs.versions import COMPUTING, changed_versions, versions


def test_all_that_computes_is_there_in_plain_strings():
    found = versions()
    assert set(COMPUTING) <= set(found)
    assert found["python"] == platform.python_version()
    assert found["finetune"] == __version__
    assert found["torch"] == torch.__version__
    assert all(type(value) is str for value in found.values())


def test_another_version_is_named_with_both():
    was, now = {"torch": "2.12.0", "numpy": "2.4.0"}, {"torch": "2.13.0", "numpy": "2.4.0"}
    assert [str(each) for each in changed_versions(was, now)] == [
        "torch was 2.12.0 and is now 2.13.0: the run goes on, but its numbers may differ in the last digits"
    ]


def test_what_was_not_kept_or_does_not_compute_is_not_compared():
    assert changed_versions({}, versions()) == []
    assert changed_versions({"pandas": "3.0"}, {"pandas": "3.1"}) == []
