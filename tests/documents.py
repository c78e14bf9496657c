"""What a document holds: its prose and code, its anchors, its outline, the commands in it. Asserts nothing about them."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from finetune.cli.take_option import take_option

STARTERS = {"scripts/demo.sh ": "finetune fit --config demo ", "scripts/slurm.sbatch ": "finetune fit "}
"""Scripts that give their options to a command."""

PLACEHOLDERS = {"RUN": "latest", "N": "5"}


@cache
def parts(path: Path) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Its lines outside of code blocks, and each code block as its language and lines."""
    prose: list[str] = []
    blocks: list[tuple[str, list[str]]] = []
    inside = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = not inside
            if inside:
                blocks.append((line[3:], []))
                prose.append("```")
        elif inside:
            blocks[-1][1].append(line)
        else:
            prose.append(line)
    assert not inside, f"{path}: a code block has no end"
    return prose, blocks


def inline(path: Path) -> list[str]:
    """What stands between backticks."""
    prose = "\n".join(line for line in parts(path)[0] if line != "```")
    return [code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", prose)]


def slugs(path: Path) -> set[str]:
    """The anchors of its headings, as GitHub makes them: accents stay, a second one of a name gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    for line in parts(path)[0]:
        if heading := re.fullmatch(r"#{1,6} (.+)", line):
            title = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            slug = re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return found


def outline(path: Path) -> list[str]:
    """What has to be the same in both languages, in its order: headings, tables, list items, pictures, commands, YAML."""
    prose, blocks = parts(path)
    code = iter(blocks)
    found = []
    for number, line in enumerate(prose):
        if heading := re.match(r"#+ ", line):
            found.append(f"{heading[0]}...")
        elif line == "```":
            language, lines = next(code)
            found.append(f"```{language}")
            found += (
                lines
                if language == "yaml"
                else [" ".join(words) for words in in_lines(lines) if not language]
            )
        elif line.startswith("|"):
            if not (number and prose[number - 1].startswith("|")):
                found.append("table")
            found.append(f"row of {len(re.findall(r'(?<!`)[|](?!`)', line)) - 1}")
        elif line.startswith(("- ", "![")):
            found.append(line[:2])
    return found


def in_lines(lines: list[str]) -> Iterator[list[str]]:
    """The words behind `finetune` of each line that calls it, without the language of the results."""
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        for script, command in STARTERS.items():
            line = line.replace(script, command)
        call = re.search(r"(?:^|\s)finetune\s+((?:[a-z]+|--[a-z]+)(?:\s.*|$))", line)
        if call is None:
            continue
        lexer = shlex.shlex(call[1], posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        words = []
        for word in lexer:
            if set(word) <= set("();<>|&"):
                break
            if word != "...":
                words.append(PLACEHOLDERS.get(word, re.sub(r"(?<=version_)N", "0", word)))
        yield take_option(words, ("--language",))[0]


def commands(path: Path) -> list[list[str]]:
    """Every command line in it, also those in the middle of a sentence."""
    blocks = [lines for language, lines in parts(path)[1] if not language]
    sentences = [[code] for code in inline(path) if code.startswith(("finetune ", *STARTERS))]
    return [words for lines in (*blocks, *sentences) for words in in_lines(lines)]
