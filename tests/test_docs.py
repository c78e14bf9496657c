"""The documents: the same pages in both languages, links that lead somewhere, and commands, paths and errors that there are."""

import argparse
import ast
import contextlib
import importlib
import importlib.util
import io
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages import pofile
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from finetune.__main__ import COMMANDS, run
from finetune.cli import of_data
from finetune.cli.command_line import prepare
from finetune.cli.take_option import take_option
from finetune.cli.typed_text import typed_text
from finetune.commands.crossval.options import asked, usage
from finetune.commands.fit.corrected_asked import take_files
from finetune.commands.predict.inputs import with_several
from finetune.errors import UserError
from finetune.runs.kind import KINDS
from tests.documents import PLACEHOLDERS, commands, inline, outline, parts, slugs

ROOT = Path(__file__).parents[1]
EN, PT = ROOT / "docs/en", ROOT / "docs/pt"
PAGES = sorted(page.name for page in EN.glob("*.md"))
TWINS = {"README": (ROOT / "README.md", ROOT / "README.pt-BR.md")}
TWINS |= {Path(name).stem: (EN / name, PT / name) for name in PAGES}
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("finetune/**/*.md")]
NAMES = sorted(str(path.relative_to(ROOT)) for path in DOCUMENTS)
MOST_LINES = 150


# ---- commands and options, as the parsers take them ---------------------------------------------------------


class Caught(BaseException):
    """Ends a command where it begins to parse, with its parser."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.parser = parser


@cache
def parser_of(command: str) -> argparse.ArgumentParser:
    """The parser that a command builds, taken from it: to build one takes a while, so each is built once."""

    def catch(at: object, parser: argparse.ArgumentParser | None = None, *_: object, **__: object) -> None:
        raise Caught(parser if isinstance(parser, argparse.ArgumentParser) else at)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LightningCLI, "parse_arguments", catch)
        patch.setattr(argparse.ArgumentParser, "parse_args", catch)
        patch.setattr(of_data, "asked_of_data", lambda *_: None)  # the parser that knows all options
        with pytest.raises(Caught) as caught:
            run([command])
    return caught.value.parser


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A current folder with the runs and files that the documents speak of."""
    folder = tmp_path_factory.mktemp("documents")
    for number in (0, 3, 4):
        run_folder = folder / f"lightning_logs/version_{number}"
        (run_folder / "checkpoints").mkdir(parents=True)
        (run_folder / "config.yaml").write_text("{}")
        for name in ("best.ckpt", "last.ckpt"):
            (run_folder / "checkpoints" / name).write_bytes(b"")
    (folder / "lightning_logs/version_3/name.txt").write_text("producao")
    adapted = folder / "lightning_logs/adapt_0"
    (adapted / "checkpoints").mkdir(parents=True)
    (adapted / "config.yaml").write_text("model: {objective: masked_words}")
    (adapted / "checkpoints/last.ckpt").write_bytes(b"")
    words = folder / "lightning_logs/baseline_0"
    words.mkdir()
    for name in ("config.yaml", "finetune.json"):
        (words / name).write_text("{}")
    (folder / "classificador").mkdir()
    (folder / "classificador/config.json").write_text('{"architectures": ["BertForSequenceClassification"]}')
    Tokenizer(WordLevel({"a": 0}, unk_token="a")).save(str(folder / "classificador/tokenizer.json"))
    for name in ("classificador/model.safetensors", "jan.csv", "fev.csv"):
        (folder / name).touch()
    (folder / "pasta").mkdir()
    exported = folder / "lightning_logs/version_0/export/onnx"
    exported.mkdir(parents=True)
    (exported / "finetune.json").write_text('{"columns": {}}')
    for path in (page for twins in TWINS.values() for page in twins):
        for language, lines in parts(path)[1]:
            if language == "yaml":
                (folder / lines[0].removeprefix("# ")).write_text("\n".join(lines))
    (folder / "minhas.py").write_text(
        "import lightning\n\nclass MeuCallback(lightning.Callback):\n    pass\n"
    )
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder
        sys.modules.pop("minhas", None)  # other tests have one of their own


@cache
def complaint(*words: str) -> str:
    """What a command says of a command line that it cannot parse; nothing where it can."""
    command, *options = words
    if command not in COMMANDS:
        return "" if words in (("--help",), ("--version",)) else f"there is no command {command}"
    if options == ["--help"]:
        return ""
    if not options and command == "watch":  # named in a sentence: it does nothing without its folders
        return ""
    if command == "fit" and (with_corrections := take_files(options))[1]:
        options, _ = take_option(with_corrections[0], ("--run",))
    try:
        if command == "crossval":
            return complaint("fit", *asked(options).options)
        parser = parser_of(command)
        if not isinstance(parser, LightningArgumentParser):
            return said_by(lambda: parser.parse_args(options))
        if command == "predict":
            options = with_several(typed_text([command, *options]).argv)[1:]
        argv = prepare([command, *options], Path("lightning_logs")).argv
    except UserError as error:
        return str(error)
    # without the defaults it takes milliseconds, but an option of a default callback is not known then
    return said_by(lambda: parser.parse_args(argv, defaults=False)) and said_by(
        lambda: parser.parse_args(argv)
    )


def said_by(parse: Callable[[], object]) -> str:
    error = io.StringIO()
    try:
        with contextlib.redirect_stderr(error), contextlib.redirect_stdout(io.StringIO()):
            parse()
    except SystemExit as end:
        return error.getvalue() if end.code else ""
    except UserError as refused:
        return str(refused)
    return ""


FOREIGN = {"--shutdown_timeout"}
"""Options of other programs: torchrun."""


@cache
def options_of(command: str) -> set[str]:
    if command == "crossval":
        return set(re.findall(r"--([\w-]+)", usage()))
    parser = parser_of(command)
    if isinstance(parser, LightningArgumentParser):
        # these two are resolved before the parser sees them; what trains takes --run only where it goes on
        return {*parser.keys(), "resume" if command in KINDS else "run"}  # type: ignore[attr-defined]
    below = [
        parser,
        *(
            below
            for each in parser._actions
            if isinstance(each, argparse._SubParsersAction)
            for below in each.choices.values()
        ),
    ]
    return {
        text.removeprefix("--")
        for each in below
        for action in each._actions
        for text in action.option_strings
    }


def wrong_option(text: str) -> str:
    """What is wrong with options that stand alone in a sentence: known to no command, or with an impossible value."""
    words = shlex.split(text)
    name = re.split(r"[+=]", words[0].removeprefix("--"))[0]
    if not name or f"--{name}" in FOREIGN | {"--language"}:
        return ""
    steps = name.split(".")
    of_it = [
        ".".join(steps[: count + 1]) for count in range(len(steps))
    ]  # a callback's own options are below its key
    commands = [command for command in COMMANDS if options_of(command) & set(of_it)]
    if not commands:
        return f"no command has {words[0]}"
    commands.sort(key=lambda command: name not in options_of(command))  # one that has it as it stands, if any
    whole = (
        len(words) == 1 and "=" not in words[0] and name in options_of(commands[0])
    )  # named without a value
    return "" if whole else complaint(commands[0], *(PLACEHOLDERS.get(word, word) for word in words))


# ---- the tests ----------------------------------------------------------------------------------------------


def test_both_languages_have_the_same_pages():
    assert len(PAGES) > 10
    assert sorted(page.name for page in PT.glob("*.md")) == PAGES


@pytest.mark.parametrize("name", TWINS)
def test_both_languages_say_it_in_the_same_order(name):
    english, portuguese = TWINS[name]
    assert outline(english) == outline(portuguese)


@pytest.mark.parametrize("readme", TWINS["README"], ids=lambda path: path.name)
def test_a_readme_is_short_and_names_every_page(readme):
    text = readme.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    folder = EN if readme.name == "README.md" else PT
    linked = re.findall(rf"^\| \[[^]]+\]\(docs/{folder.name}/(\w+\.md)\)", text, flags=re.MULTILINE)
    assert sorted(linked) == PAGES


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name):
    document = ROOT / name
    for target in re.findall(r"\]\(([^)\s]+)\)", "\n".join(parts(document)[0])):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        assert path.exists(), f"{name}: there is no {target}"
        assert not anchor or anchor in slugs(path), f"{name}: {target}: there are {sorted(slugs(path))}"


@pytest.mark.parametrize("name", NAMES)
def test_every_command_can_be_parsed(workplace, name):
    wrong = {" ".join(words): told for words in commands(ROOT / name) if (told := complaint(*words))}
    assert not wrong


@pytest.mark.parametrize("name", TWINS)
def test_every_option_in_a_sentence_is_there(workplace, name):
    alone = [code for path in TWINS[name] for code in inline(path) if code.startswith("--")]
    wrong = {code: told for code in alone if (told := wrong_option(code))}
    assert not wrong


def moved(page: Path) -> dict[str, str]:
    """The module paths of the table of those that moved."""
    rows = re.findall(
        r"^\| `((?:finetune|callbacks)\.[\w.]+)`[^|]*\| `([\w.]+)` \|$", page.read_text(), re.MULTILINE
    )
    return dict(rows)


def test_what_moved_is_where_the_table_says():
    table = moved(EN / "plugins.md")
    assert "finetune.fsdp2" in table
    assert table == moved(PT / "plugins.md")
    for old, new in table.items():
        assert importlib.util.find_spec(new) is not None
        assert importlib.util.find_spec(old) is None


@cache
def is_there(path: str) -> bool:
    """Whether a dotted path names a module, or what one holds."""
    module, names = path, list[str]()
    while module:
        with contextlib.suppress(ModuleNotFoundError):
            found = importlib.import_module(module)
            for name in names:
                found = getattr(found, name, None)
            return found is not None
        module, _, name = module.rpartition(".")
        names.insert(0, name)
    return False


@pytest.mark.parametrize("name", NAMES)
def test_every_path_into_the_tree_is_there(name):
    code = "\n".join([*inline(ROOT / name), *(line for _, lines in parts(ROOT / name)[1] for line in lines)])
    files = re.findall(r"(?<![\w./])((?:callbacks|docs|finetune|scripts|tests)/[\w./*-]*+)(?!<)", code)
    files = [file.rstrip(".") for file in files if "NAME" not in file]
    assert [file for file in files if not any(ROOT.glob(file.rstrip("/")))] == []
    old = moved(EN / "plugins.md")
    dotted = {
        path for path in re.findall(r"(?<![\w./])((?:finetune|callbacks)(?:\.\w+)+)", code) if path not in old
    }
    assert [path for path in sorted(dotted) if not is_there(path)] == []


@cache
def texts_of_the_code() -> str:
    """Every text in the sources, each on a line of its own; gaps that are filled in part two."""
    sources = [file for package in ("finetune", "callbacks") for file in (ROOT / package).rglob("*.py")]
    nodes = (node for file in sources for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    return "\n".join(
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def quoted(page: Path) -> list[list[str]]:
    """What a page quotes of each error, without the names and numbers between."""
    rows = [row[1] for line in parts(page)[0] if (row := re.match(r"\| `([^`]+ [^`]+)` \|", line))]
    return [[part.strip() for part in row.split("...")] for row in rows]


def test_every_error_of_the_page_is_one_that_the_code_says():
    assert len(quoted(EN / "errors.md")) > 10
    assert [part for row in quoted(EN / "errors.md") for part in row if part not in texts_of_the_code()] == []


def test_the_other_page_quotes_the_translations_of_the_same_errors():
    told = []
    for file in ROOT.glob("*/language/pt/*.po"):
        with file.open("rb") as stream:
            told += [(message.id, message.string) for message in pofile.read_po(stream)]
    pages = zip(quoted(EN / "errors.md"), quoted(PT / "errors.md"), strict=True)
    wrong = [
        portuguese
        for english, portuguese in pages
        if not any(
            all(part in str(theirs) for part in english) and all(part in str(ours) for part in portuguese)
            for theirs, ours in told
        )
    ]
    assert wrong == []
