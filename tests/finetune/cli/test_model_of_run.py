import pytest
from lightning_utilities.core.rank_zero import rank_zero_only

from finetune.cli.command_line import prepare
from finetune.cli.model_of_run import with_model_of_run
from finetune.commands.crossval.options import asked
from finetune.errors import ConfigError
from tests.finetune.runs.test_folder import make
from tests.finetune.runs.test_named import called


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    called(make(tmp_path / "lightning_logs", 3), "produção")
    return (tmp_path / "lightning_logs").relative_to(tmp_path)


@pytest.mark.parametrize(
    "typed", [["--model.name", "producao"], ["--model.name=Produção"], ["--model.name", "version_3"]]
)
def test_a_run_is_named_as_the_model_to_begin_from(root, capsys, typed, monkeypatch):
    monkeypatch.delattr(rank_zero_only, "rank", raising=False)  # as where Lightning is not loaded
    words = ["fit", *typed, "--data.path", "d.csv"]
    assert with_model_of_run(words, root) == [
        "fit",
        "--data.path",
        "d.csv",
        "--model.name=lightning_logs/version_3",
    ]
    assert "is the run lightning_logs/version_3" in capsys.readouterr().err


def test_the_run_keeps_the_folder_and_so_do_folds(root):
    """Not the name, which may be another run's by then."""
    prepared = prepare(["fit", "--model.name", "producao", "--data.path", "d.csv"], root)
    assert prepared.argv[-1] == prepared.typed[-1] == "--model.name=lightning_logs/version_3"
    assert asked(["--model.name", "producao", "--data.path", "d.csv"]).options[-1] == prepared.argv[-1]


@pytest.mark.parametrize(
    "name", ["embedded", "neuralmind/bert-base-portuguese-cased", "outro", "3", "latest", ""]
)
def test_what_is_no_run_stays_as_it_was_typed(root, name):
    words = ["fit", "--model.name", name]
    assert with_model_of_run(words, root) == words


def test_a_folder_of_that_name_is_the_model(root, tmp_path):
    (tmp_path / "producao").mkdir()
    words = ["fit", "--model.name", "producao"]
    assert with_model_of_run(words, root) == words


def test_of_two_runs_of_a_name_none_is_taken(root, tmp_path):
    called(make(tmp_path / "lightning_logs", 4), "producao")
    with pytest.raises(ConfigError, match="several runs are called producao"):
        with_model_of_run(["fit", "--model.name", "producao"], root)
