"""Tables that are nonsense or made to do harm: each is refused in a sentence, and soon."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finetune.data.labels.outputs import label_names, targets_of
from finetune.data.reading import json_lines, limits
from finetune.data.reading.limits import most_bytes
from finetune.data.tables import read_source
from finetune.errors import ConfigError, DataError, UserError

LONG = "ã\x1b[31m " * 1_000
WIDE = [f"coluna {number}" for number in range(80)]
MB = 1 << 20


def csv_of(names: list[str], *rows: list[str]) -> str:
    return "".join(";".join(row) + "\n" for row in [names, *rows])


NONSENSE = {
    "a.csv": LONG,
    "b.csv": LONG + "\na;b\n",
    "c.csv": csv_of([LONG, LONG + "2"], ["a", "b"]),
    "d.csv": csv_of(["texto", LONG, LONG], ["a", "b", "c"]),
    "e.csv": csv_of(["texto", "rotulo", LONG], ["a", "b", "c", "d"]),
    "f.csv": csv_of(["texto", "rotulo", *WIDE], ["a"] * 90),
    "g.csv": csv_of(WIDE, ["a"]),
    "h.csv": csv_of([*WIDE, *WIDE, "texto"], ["a"]),
    "i.csv": csv_of([f"{name} {many}" for many in "ab" for name in WIDE], ["a"]),
    "k.csv": csv_of(["texto", "texto\u200b", "text", LONG], ["a"]),
    "l.csv": csv_of(["texto", f'"rotulo\n{LONG}\n"', LONG], ["a"]),
    "a.jsonl": json.dumps({LONG: "a"}) + "\n",
    "b.jsonl": json.dumps({LONG: "\ud83d", "texto": "a", "rotulo": "x"}) + "\n",
    "c.jsonl": json.dumps(dict.fromkeys(WIDE, 1)) + "\n",
    "d.jsonl": "".join(json.dumps({"texto": "a", f"chave {n}": n}) + "\n" for n in range(110)),
    "e.jsonl": json.dumps({"texto": ["a"], LONG: 1, "rotulo": 1}) + "\n",
    "f.jsonl": json.dumps(LONG) + "\n",
    "g.jsonl": LONG,
    "a.json": json.dumps([LONG]),
    "b.json": json.dumps([{LONG: 1}]),
    "c.json": "[" + LONG,
}


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables may have 100 columns at most: as many as Excel's take seconds to write."""
    for module in (limits, json_lines):
        monkeypatch.setattr(module, "MOST_COLUMNS", 100)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("name", NONSENSE)
def test_no_message_is_longer_than_a_screen(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(NONSENSE[name], encoding="utf-8", errors="surrogatepass")
    with pytest.raises(DataError) as refused:
        read_source(tmp_path / name)
    assert len(str(refused.value)) < 3000
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("options", [{"text_column": LONG}, {"label_column": LONG}, {"sheet": LONG}])
def test_nor_where_an_option_is(tmp_path: Path, options: dict[str, str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("texto;rotulo\na;x\n")
    with pytest.raises(UserError) as refused:
        read_source(path, **options)  # type: ignore[arg-type]
    assert len(str(refused.value)) < 3000


@pytest.mark.parametrize("source", [LONG, LONG + ".csv", "/".join(["pasta"] * 1000)])
def test_nor_where_a_path_is(source: str) -> None:
    with pytest.raises(UserError) as refused:
        read_source(source)
    assert len(str(refused.value)) < 3000


@pytest.mark.parametrize(("first", "second"), [(LONG, "x"), (LONG, LONG), ("x", "x" * 1001)])
def test_nor_where_labels_are_texts(first: str, second: str) -> None:
    table = read_source(pd.DataFrame({"texto": ["a", "b"], "rotulo": [first, second]}))["all"]
    with pytest.raises(DataError, match="is it the right column") as refused:
        label_names(table)
    assert len(str(refused.value)) < 3000
    with pytest.raises(DataError) as refused:
        targets_of(table, np.arange(2), ["y", LONG[1:]], part="test")
    assert len(str(refused.value)) < 3000


def test_a_sentence_with_a_hundred_columns_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(csv_of([f"c{number}" for number in range(100)], ["a"] * 100))
    with pytest.raises(DataError, match=r'among "c0", .*"c19" and 80 more'):
        read_source(path)


def test_the_limit_is_that_of_excel() -> None:
    assert limits.MOST_COLUMNS == json_lines.MOST_COLUMNS == 16_384


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.parquet"])
def test_a_table_of_more_columns_is_refused(tmp_path: Path, name: str) -> None:
    names = [f"c{number}" for number in range(101)]
    path = tmp_path / name
    if name == "a.parquet":
        pd.DataFrame({each: ["a"] for each in names}).to_parquet(path)
    elif name == "a.csv":
        path.write_text(csv_of(names, ["a"]))
    else:
        content = json.dumps(dict.fromkeys(names, "a"))
        path.write_text(f"[{content}]" if name == "a.json" else content)
    with pytest.raises(DataError, match=r'101 .*"c0", .* at most 100'):
        read_source(path)


def test_rows_with_keys_of_their_own_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"texto": "a", "rotulo": "x", f"c{number}": number} for number in range(300)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    frame = read_source(path)["all"].frame
    assert frame.shape == (300, 302)
    assert all(frame[f"c{number}"].dropna().to_dict() == {number: number} for number in range(300))


def test_a_parquet_file_of_a_kilobyte_may_be_a_gigabyte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"texto": ["boi " * 5000] * 1000, "rotulo": "x"}).to_parquet(path)
    assert path.stat().st_size < 100_000
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.01")
    with pytest.raises(DataError, match="needs more than"):
        read_source(path)
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0,02")
    assert len(read_source(path)["all"].row) == 1000


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz", "a.json.gz", "a.parquet.gz", "a.csv", "a.json"])
@pytest.mark.parametrize(
    "content", [b"texto;rotulo\n" + b"boi;x\n" * 700_000, b" " * 4_000_000, b"[" * 4_000_000]
)
def test_what_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.003")
    path = tmp_path / name
    path.write_bytes(gzip.compress(content, 1) if name.endswith(".gz") else content)
    with pytest.raises(DataError, match=r"more than 0\.003 GiB of memory.* FINETUNE_MOST_GIB"):
        read_source(path)


def test_nul_bytes_are_refused_before_all_of_them_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(bytes(20 * MB), 1))
    with pytest.raises(DataError, match="a NUL byte in line 1"):
        read_source(path)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_line_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(limits, "LONGEST_LINE", 1000)
    path = tmp_path / name
    path.write_text(
        '{"texto": "a", "rotulo": "x"}\n' * 3 + '{"texto": "' + "ã" * 1000 + '", "rotulo": "x"}\n'
    )
    with pytest.raises(
        DataError, match="line 4 is longer than 1,000 characters: does the file have line ends"
    ):
        read_source(path, text_column='{"texto": "a"')


def test_a_cell_of_twenty_megabytes_is_no_open_quote(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('texto;rotulo\n"' + "uma, duas " * (2 * MB) + '";x\nb;y\n')
    table = read_source(path)["all"]
    assert [len(text) for text in table.text] == [1_000_000, 1]
    assert len(table.frame["texto"].iloc[0]) == 20 * MB
    assert "1 text longer than --data.max_characters (1,000,000), of which" in str(table.notes[-1])


def test_a_pipe_is_to_be_saved_first(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    os.mkfifo(path)
    with pytest.raises(DataError, match="a pipe, a device or a socket: save the table to a file first"):
        read_source(path)
    (tmp_path / "b.csv").symlink_to("/dev/zero")
    with pytest.raises(DataError, match="a pipe, a device or a socket: save the table to a file first"):
        read_source(tmp_path / "b.csv")


@pytest.mark.parametrize("given", ["muito", "-1", "0", "inf", "nan"])
def test_a_limit_that_is_none(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("FINETUNE_MOST_GIB", given)
    with pytest.raises(ConfigError, match="give it a number of GiB, such as 16"):
        most_bytes()


def test_the_limit_is_half_of_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINETUNE_MOST_GIB", raising=False)
    assert 0 < most_bytes() < 2**50
