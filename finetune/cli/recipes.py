"""The shipped recipes by name: files of differences from the defaults. Parses none."""

import difflib
from pathlib import Path

from finetune.errors import ConfigError
from finetune.language.say import Message

RECIPES = Path(__file__).parents[1] / "recipes"


def recipe_names() -> list[str]:
    """Returns the shipped recipes."""
    return sorted(file.stem for file in RECIPES.glob("*.yaml"))


def config_path(name: str) -> str:
    """Returns the file of a recipe, or the path itself.

    Raises:
        ConfigError: if it is neither a file nor a recipe, or a file in another encoding than UTF-8.
    """
    if Path(name).is_file():
        _check_letters(name)
        return name
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


def _check_letters(name: str) -> None:
    try:
        Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            "--config {name}: its letters are not in UTF-8. Save it again, with the encoding UTF-8.",
            name=name,
        ) from error
