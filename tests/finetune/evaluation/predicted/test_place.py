import pytest

from finetune.errors import ConfigError
from finetune.evaluation.predicted.place import output_path


def test_the_default_name_is_beside_nothing_and_of_the_same_kind(tmp_path):
    assert str(output_path("pasta/novos.csv.gz", None)) == "novos_predicted.csv"
    assert str(output_path("novos.parquet", None)) == "novos_predicted.parquet"
    assert str(output_path("novos.2023.csv", None)) == "novos.2023_predicted.csv"
    assert str(output_path("pasta/safra.2024", None)) == "safra.2024_predicted.csv"


@pytest.mark.parametrize(
    ("output", "message"), [("s.doc", r"\.doc"), ("nada/s.csv", "no folder nada"), (".", r'kind ""')]
)
def test_a_place_that_cannot_be_written_is_refused_at_once(output, message):
    with pytest.raises(ConfigError, match=message):
        output_path("novos.csv", output)


def test_the_table_itself_is_never_the_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "novos.csv").write_text("texto\n")
    with pytest.raises(ConfigError, match="itself"):
        output_path("novos.csv", str(tmp_path / "novos.csv"))
