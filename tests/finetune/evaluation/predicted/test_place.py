import os

import pandas as pd
import pytest

from finetune.errors import ConfigError
from finetune.evaluation.predicted.place import output_path
from tests.finetune.evaluation.predicted.written import windows_of, write


def test_the_default_name_is_beside_nothing_and_of_the_same_kind(tmp_path):
    assert str(output_path("pasta/novos.csv.gz", None)) == "novos_predicted.csv"
    assert str(output_path("novos.parquet", None)) == "novos_predicted.parquet"
    assert str(output_path("novos.2023.csv", None)) == "novos.2023_predicted.csv"
    assert str(output_path("pasta/safra.2024", None)) == "safra.2024_predicted.csv"


@pytest.mark.parametrize(
    ("output", "message"),
    [("s.doc", r"\.doc"), ("nada/s.csv", "no folder nada"), (".", "is a folder"), ("saida", r'kind ""')],
)
def test_a_place_that_cannot_be_written_is_refused_at_once(output, message):
    with pytest.raises(ConfigError, match=message):
        output_path("novos.csv", output)


def test_the_table_itself_is_never_the_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "novos.csv").write_text("texto\n")
    with pytest.raises(ConfigError, match="itself"):
        output_path("novos.csv", str(tmp_path / "novos.csv"))


def test_a_link_is_followed_and_stays(tmp_path):
    """What it shows is what would be written, and that is looked at."""
    (tmp_path / "novos.csv").write_text("texto\nboi\n")
    (tmp_path / "saida.csv").symlink_to("novos.csv")
    with pytest.raises(ConfigError, match="itself"):
        output_path(tmp_path / "novos.csv", str(tmp_path / "saida.csv"))
    (tmp_path / "longe.csv").symlink_to("nada/s.csv")
    with pytest.raises(ConfigError, match=r"there is no folder .*nada"):
        output_path(tmp_path / "novos.csv", str(tmp_path / "longe.csv"))
    (tmp_path / "perto.csv").symlink_to("real.csv")
    written(tmp_path / "perto.csv", tmp_path / "novos.csv")
    assert (tmp_path / "perto.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "texto;label;confidence;abstained\nboi;sim;0,75;False\n"


def test_a_folder_and_a_pipe_are_no_file(tmp_path):
    (tmp_path / "pasta.csv").mkdir()
    with pytest.raises(ConfigError, match="is a folder"):
        output_path("novos.csv", str(tmp_path / "pasta.csv"))
    os.mkfifo(tmp_path / "cano.csv")
    with pytest.raises(ConfigError, match="a device or a pipe"):
        output_path("novos.csv", str(tmp_path / "cano.csv"))


def written(path, source, **options):
    write(path, windows_of(source, text_column="texto"), [[0.25, 0.75]], **options)


SUFFIXES = ["csv", "tsv", "csv.gz", "jsonl", "jsonl.gz", "parquet", "xlsx"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "content", [b"texto,n\nboi,1\n", b"x", b"", b'{"texto": 1}\n', b"PK\x03\x04", b"\x1f\x8b\x08", b"PAR1"]
)
def test_a_file_that_is_not_of_this_command_is_not_replaced(tmp_path, suffix, content):
    (tmp_path / "novos.csv").write_text(",texto,n\n0,boi,1\n")
    path = tmp_path / f"saida.{suffix}"
    path.write_bytes(content)
    if content:
        with pytest.raises(ConfigError, match=r"--output .*--overwrite true"):
            written(path, tmp_path / "novos.csv")
        assert path.read_bytes() == content
    written(path, tmp_path / "novos.csv", overwrite=True)
    assert path.read_bytes() != content


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("header", [",texto,n", "texto;@y", '"texto"\t"label"', "texto"])
def test_one_that_is_may_be(tmp_path, suffix, header):
    (tmp_path / "novos.csv").write_text(f"{header}\n{header.replace('texto', 'boi')}\n")
    path = tmp_path / f"saida.{suffix}"
    written(path, tmp_path / "novos.csv")
    before = path.read_bytes()
    written(path, tmp_path / "novos.csv")
    assert suffix == "xlsx" or suffix.endswith("gz") or path.read_bytes() == before  # these hold the time
    (tmp_path / "novos.csv").write_text("texto,outra\nboi,1\n")
    with pytest.raises(ConfigError, match="--overwrite true"):
        written(path, tmp_path / "novos.csv")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "name", ["a\r\nb", "_x000D_ b", "_x005F_", "boi\x0bb", 'a "b"', '"x" tubo', "açúcar; ou, não"]
)
def test_a_name_that_is_not_written_as_it_is_is_known_again(tmp_path, suffix, name):
    frame = pd.DataFrame({"texto": ["boi"], name: [1]})
    for _ in range(2):
        written(tmp_path / f"saida.{suffix}", frame)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ['"x" tubo', 'cano 5"', '"x', '"x" "y" z'])
@pytest.mark.parametrize("text", ["boi", '"boi" manso'])
def test_so_is_one_with_a_quote_of_an_unquoted_table(tmp_path, suffix, name, text):
    (tmp_path / "novos.csv").write_text(f'texto,{name}\n{text},"a" b\n')
    for _ in range(2):
        written(tmp_path / f"saida.{suffix}", tmp_path / "novos.csv")


def test_the_table_may_have_been_saved_anew_with_another_delimiter(tmp_path):
    path = tmp_path / "saida.csv"
    for delimiter in ";,\t":
        (tmp_path / "novos.csv").write_text(
            delimiter.join(["texto", '"n"']) + "\n" + delimiter.join("a1") + "\n"
        )
        written(path, tmp_path / "novos.csv")
    assert path.read_text().startswith("texto\tn\tlabel\t")


def test_not_even_with_it_a_part_of_the_table(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("texto\nboi\n")
    with pytest.raises(ConfigError, match="itself"):
        written(tmp_path / "b.csv", tmp_path, overwrite=True)
