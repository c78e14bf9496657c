"""What a parser says of wrong options, as a sentence of ours. Parses no command line."""

import difflib
import inspect
import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from textwrap import dedent
from typing import NoReturn

from finetune.cli.possible import either, split, wrong_value
from finetune.cli.slips import hint_for
from finetune.errors import ConfigError
from finetune.language.say import AnyMessage, Message, joined, say
from finetune.moved import said_of_moved

KEY = re.compile(r'Parser key "(?P<key>[^"]*)":(?P<rest>.*)', re.S)
ONE_TYPE = re.compile(r"Expected a (?P<kind>.*)\. Got value: (?P<value>.*)", re.S)
TYPES = re.compile(
    r"Subtypes: \[(?P<kinds>.*?)\]\n\s*Errors:\n(?P<errors>.*)\n"
    r"\s*Given value type: .*?\n\s*Given value: (?P<value>.*)",
    re.S,
)
OF_A_CLASS = re.compile(r"Problem with given class_path '(?P<path>[^']*)':\n(?P<said>.*)", re.S)


def refuse(message: str, keys: Sequence[str], *, program: str) -> NoReturn:
    """Raises what is wrong with the options, with a note on where all of them are listed.

    Args:
        message: What argparse or jsonargparse says.
        keys: Of the options that there are.
        program: The command, as a parser calls it.

    Raises:
        ConfigError: always.
    """
    error = ConfigError(told(message, keys))
    error.add_note(say("{command} --help lists all options.", command=program.replace(" [options]", "")))
    raise error


def told(message: str, keys: Sequence[str]) -> AnyMessage:
    """Returns what is wrong with the options.

    Args:
        message: What argparse or jsonargparse says.
        keys: Of the options that there are.
    """
    found = of_a_key(message) or of_the_words(message, keys)
    return found or Message("the options cannot be used. (jsonargparse said: {text})", text=message.strip())


def of_the_words(message: str, keys: Sequence[str]) -> AnyMessage | None:
    """Returns what is wrong with the options before their values are looked at; None for anything else."""
    if found := re.match(r"unrecognized arguments: (.*)", message, re.S):
        names = [word for word in found[1].split() if word.startswith("-")]
        if names:
            return joined([unknown(name.lstrip("-").partition("=")[0], keys) for name in names])
        return Message(
            '"{text}" belongs to no option: a value stands behind its option.{hint}',
            text=found[1],
            hint=hint_for(found[1]),
        )
    if found := re.match(r"(?:Subcommand '\w+' does not accept option|Option) '([^']*)'", message):
        return unknown(found[1], keys)
    if found := re.match(r"argument (?:-\w[ /,]+)?(?P<name>.+?): (?P<what>.*)", message, re.S):
        return of_an_argument(found["name"], found["what"])
    if found := re.match(r"the following arguments are required: (.*)", message):
        return Message("this is missing: {names}.", names=found[1])
    if found := re.match(r'Linked "(.*?)" must be given via "(.*?)"', message):
        return Message("--{linked} is given as --{name}.", linked=found[1], name=found[2])
    if found := re.match(r'Parser key "(.*?)":\s*Unable to load config', message):
        first = next((key for key in keys if key.startswith(f"{found[1]}.")), f"{found[1]}.NAME")
        return Message(
            "--{group} stands for several options, such as --{first}: give them one by one.",
            group=found[1],
            first=first,
        )
    return None


def of_an_argument(name: str, said: str) -> AnyMessage | None:
    """Returns what argparse says of an argument; None for what is not known."""
    if said.startswith("expected"):
        return Message("{name} needs a value.", name=name)
    if said.startswith("ignored explicit argument"):
        return Message("{name} takes no value.", name=name)
    if found := re.match(r"invalid choice: '(.*?)' \(choose from (.*)\)", said):
        possible = [each.strip("'") for each in found[2].split(", ")]
        return Message(
            '"{value}" is not possible here: give {possible}.', value=found[1], possible=either(possible)
        )
    return None


def unknown(name: str, keys: Iterable[str]) -> Message:
    """Returns that there is no such option, with the one that looks most like it."""
    near = difflib.get_close_matches(name, keys, n=1, cutoff=0.7)
    if near:
        return Message('there is no option "{name}". Did you mean "{near}"?', name=name, near=near[0])
    return Message('there is no option "{name}".', name=name)


def of_a_key(message: str, above: str = "") -> AnyMessage | None:
    """Returns what is wrong with a value; None where the message is about something else.

    Args:
        message: What jsonargparse says.
        above: The option that the key belongs to.
    """
    found = KEY.match(message.strip())
    if found is None:
        return None
    key, rest = f"{above}{found['key']}", found["rest"]
    one = ONE_TYPE.match(rest.strip())
    return wrong_value(key, one["value"], [one["kind"]]) if one else of_several_types(key, rest)


def of_several_types(key: str, page: str) -> AnyMessage | None:
    """Returns what is wrong with the value of an option of several types; None where the page is about something else.

    Args:
        key: The option.
        page: What jsonargparse says of each type that it has tried.
    """
    several = TYPES.search(page)
    if several is None:
        return None
    for item in re.split(r"(?m)^- ", dedent(several["errors"]))[1:]:
        if of_class := OF_A_CLASS.match(item):
            return of_a_class(key, of_class["path"], dedent(of_class["said"]).strip())
        if same := re.match(r"Multiple subclasses with name (\w+)\..*?: (.*)\.", item):
            return Message(
                "--{key}: several classes are called {name}. Give {paths}.",
                key=key,
                name=same[1],
                paths=either(same[2].split(", ")),
            )
        within = of_several_types(key, item)  # of what is in a list
        if within is not None:
            return within
    return wrong_value(key, several["value"], split(several["kinds"]))


def of_a_class(key: str, path: str, said: str) -> AnyMessage:
    """Returns what is wrong with an option whose value is a class with arguments.

    Args:
        key: The option.
        path: Of the class.
        said: What jsonargparse says of the class or its arguments.
    """
    moved = said_of_moved(f"{path} {said}")
    if moved:
        return Message("--{key} {path}: {moved}", key=key, path=path, moved=moved)
    inner = of_a_key(said, f"{key}.")
    if inner is not None:
        return inner
    if found := re.match(r"Option '([^']*)' is not accepted", said):
        return unknown(f"{key}.{found[1]}", [f"{key}.{name}" for name in parameters(path)])
    if found := re.match(r"the following arguments are required: (\w+)", said):
        return Message("--{key}: {path} needs --{key}.{name}.", key=key, path=path, name=found[1])
    if found := re.match(r"No module named '(.*)'", said):
        return Message(
            '--{key} {path}: there is no module "{module}". Is it spelt right, and installed or in this folder?',
            key=key,
            path=path,
            module=found[1],
        )
    if found := re.match(r"module '(.*?)' has no attribute '(.*?)'", said):
        near = difflib.get_close_matches(found[2], dir(import_module(found[1])), n=1)
        return Message(
            '--{key} {path}: there is no "{name}" in {module}.{hint}',
            key=key,
            path=path,
            name=found[2],
            module=found[1],
            hint=Message(' Did you mean "{near}"?', near=f"{found[1]}.{near[0]}") if near else "",
        )
    return Message(
        "--{key} {path}: this class cannot be used. (jsonargparse said: {text})",
        key=key,
        path=path,
        text=said,
    )


def parameters(path: str) -> list[str]:
    """Returns the arguments of a class, and of those that it is made from, by its path."""
    module, _, name = path.rpartition(".")
    classes = inspect.getmro(getattr(import_module(module), name))
    return [argument for each in classes[:-1] for argument in inspect.signature(each).parameters]
