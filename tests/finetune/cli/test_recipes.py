import pytest

from finetune.cli.parser import check_yaml
from finetune.cli.recipes import config_path, recipe_names
from finetune.errors import ConfigError


def test_a_recipe_goes_by_its_name_and_a_file_by_its_path(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("data:\n  path: dados.csv\n")
    assert config_path(str(file)) == str(file)
    assert all(config_path(name).endswith(f"{name}.yaml") for name in recipe_names())


def test_a_file_in_another_encoding_is_refused(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_bytes("# ração\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="its letters are not in UTF-8"):
        config_path(str(file))


@pytest.mark.parametrize("content", ["", "# nothing\n", "3\n", "- a\n"])
def test_a_file_without_options_is_refused_by_its_name(content):
    with pytest.raises(ConfigError, match=r"mine.yaml holds no options"):
        check_yaml(content, "mine.yaml")
