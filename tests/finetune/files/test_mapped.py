import numpy as np
import pandas as pd
import pytest

from finetune.files.mapped import open_mapped, write_mapped

TEXTS = [f"o boi {number} no pasto ção" for number in range(1000)]


class Named:
    """An object that has to be had in another way."""

    def __init__(self, name):
        self.name = name


@pytest.fixture
def objects():
    frame = pd.DataFrame({"texto": TEXTS, "n": range(1000), "odd": [None, [1], "a", 2.5] * 250})
    frame.loc[3, "texto"] = None
    numbers = np.arange(12.0).reshape(3, 4)
    return {"frame": frame, "numbers": numbers, "same": numbers, "empty": np.zeros(0), "name": Named("vaca")}


def test_what_is_opened_is_what_was_written_and_its_file_may_go(objects, tmp_path):
    mapped = write_mapped(tmp_path / "file", objects, {Named: lambda each: (Named, (each.name.upper(),))})
    found = open_mapped(mapped)
    mapped.path.unlink()
    pd.testing.assert_frame_equal(found["frame"], objects["frame"])
    assert found["frame"].dtypes.equals(objects["frame"].dtypes)
    assert (found["numbers"] == objects["numbers"]).all()
    assert found["numbers"] is found["same"]
    assert len(found["empty"]) == 0
    assert found["name"].name == "VACA"


def test_what_is_long_is_mapped_and_not_read(tmp_path):
    texts = pd.DataFrame({"texto": TEXTS * 50})
    mapped = write_mapped(tmp_path / "file", [texts, np.arange(50_000)], {})
    assert mapped.path.stat().st_size > 1_000_000
    assert mapped.path.stat().st_size - mapped.rest < 4000
    assert all(begins % 64 == 0 for begins, _ in mapped.buffers)


def test_what_one_writes_into_it_no_other_sees(objects, tmp_path):
    mapped = write_mapped(tmp_path / "file", objects["numbers"], {})
    one, other = open_mapped(mapped), open_mapped(mapped)
    one[:] = -1
    assert (other == objects["numbers"]).all()
    assert (open_mapped(mapped) == objects["numbers"]).all()
