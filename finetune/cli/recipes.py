"""The shipped recipes by name: files of differences from the defaults. Parses none."""

import difflib
from pathlib import Path

from finetune.errors import ConfigError
from finetune.language.say import Message

TABLES = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".ods", ".jsonl", ".ndjson", ".parquet")
"""How the names of tables end."""

RECIPES = Path(__file__).parents[1] / "recipes"


def recipe_names() -> list[str]:
    """Returns the shipped recipes."""
    return sorted(file.stem for file in RECIPES.glob("*.yaml"))


def config_path(name: str) -> str:
    """Returns the file of a recipe, or the path itself.

    Raises:
        ConfigError: if it is neither a file nor a recipe, a table, or a file in another encoding than UTF-8.
    """
    if looks_like_a_table(name):
        raise ConfigError(
            "--config {name} is a table, and --config takes a file of options. Did you mean --data.path {name}?",
            name=name,
        )
    if Path(name).is_file():
        check_letters(name)
        return name
    if Path(name).is_dir():
        raise ConfigError(
            "--config {name} is a folder: give the file of options in it, such as {file}.",
            name=name,
            file=_options_in(Path(name)),
        )
    recipe = RECIPES / f"{name}.yaml"
    if recipe.is_file():
        return str(recipe)
    near = difflib.get_close_matches(name, recipe_names(), n=1)
    raise ConfigError(
        "--config {name}: no such file, and no recipe of that name.{hint} Recipes: {recipes}.",
        name=name,
        hint=Message(' Did you mean "{near}"?', near=near[0]) if near else "",
        recipes=", ".join(recipe_names()),
    )


def looks_like_a_table(name: str) -> bool:
    """Whether a name ends as those of tables do."""
    return name.lower().endswith(TABLES)


def _options_in(folder: Path) -> Path:
    there = sorted(file for file in folder.iterdir() if file.suffix.lower() in (".yaml", ".yml"))
    return there[0] if there else folder / "config.yaml"


def check_letters(name: str, *, option: str = "--config") -> None:
    """Refuses a file of options in another encoding than UTF-8, in which YAML is read; one that is not there passes.

    Raises:
        ConfigError: if it is.
    """
    if not Path(name).is_file():
        return
    try:
        Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            "{option} {name}: its letters are not in UTF-8. Save it again, with the encoding UTF-8.",
            option=option,
            name=name,
        ) from error
