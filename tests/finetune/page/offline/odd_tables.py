"""Tables as people, spreadsheets and programs leave them: each from a seed, so that a failure can be seen again."""

import codecs
import csv
import io
import json
import random
from collections.abc import Sequence

NAMES = [
    "texto",
    "Texto ",
    "TÉXTO",
    "id",
    "valor",
    "Ação",
    "data",
    "",
    "n°",
    "=x",
    "ﬁm\u200b",
    "label",
    "observação; geral",
]
CELLS = [
    *(
        "o boi subiu",
        "",
        " ",
        "vaca, leite",
        "a; b",
        'ele disse "não"',
        '"',
        '"aspas"',
        "duas\nlinhas",
        "três\r\nlinhas",
    ),
    *(
        "1,5",
        "2.25",
        "-3",
        "1.234,56",
        "NA",
        "null",
        "true",
        "=1+1",
        "+5 mais",
        "-",
        "@eu",
        "\tx",
        "-1,5",
        "1e5",
        "-6:00:00",
    ),
    *(
        "ção €",
        "\u200b",
        "\u00a0",
        "\x1f",
        "a\x1fb",
        "é|ou",
        "não\u2028sei",
        "x" * 300,
        "'",
        "\ufeff",
        "ʼn",
        "\x85",
        "٣,٥",
    ),
]
WIDE = ["🐂 boi", "ﬀ", "日本", "\ufffd"]
MARKS = [",", ";", "\t", "|"]


def odd_table(seed: int) -> tuple[str, bytes]:
    """Returns the name of a table, and its file."""
    luck = random.Random(seed)
    if luck.random() < 0.12:
        return f"odd_{seed}.jsonl", _json(luck)
    mark, end = luck.choice(MARKS), luck.choice(["\n", "\r\n", "\r\n", "\r"])
    codec = luck.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1"])
    width = luck.choice([1, 1, 2, 3, 4])
    pool = CELLS if codec in ("cp1252", "latin-1") else CELLS + WIDE
    rows = [
        _header(luck, width),
        *([luck.choice(pool) for _ in range(width)] for _ in range(luck.randint(0, 9))),
    ]
    text = _lines(luck, _disturbed(luck, rows), mark, end)
    if luck.random() < 0.1:
        text = f"sep={luck.choice([mark, mark, ';', 'tab'])}{end}{text}"
    if luck.random() < 0.1:
        text = f"Relatório{end}{luck.choice(['', end])}{text}"
    if luck.random() < 0.15:
        text = text[: len(text) - luck.randint(1, 4)]
    suffix = luck.choice([".csv", ".csv", ".tsv", ".txt"])
    return f"odd_{seed}{suffix}", _encoded(luck, text, codec)


def _header(luck: random.Random, width: int) -> list[str]:
    names = luck.sample(NAMES, width)
    if luck.random() < 0.8 and "texto" not in names:
        names[luck.randrange(width)] = "texto"
    return names


def _disturbed(luck: random.Random, rows: list[list[str]]) -> list[list[str]]:
    if luck.random() < 0.2:
        rows.insert(luck.randrange(len(rows) + 1), [""] * len(rows[0]))
    if luck.random() < 0.2:
        rows.insert(luck.randrange(len(rows) + 1), [])
    if luck.random() < 0.15:
        rows.append(list(rows[0]))
    if luck.random() < 0.15:
        rows += [["" for _ in rows[0]] for _ in range(3)]
    if luck.random() < 0.15:
        place = luck.randrange(len(rows))
        rows[place] = rows[place] + [luck.choice(["", " ", "mais"])]
    if luck.random() < 0.15:
        place = luck.randrange(len(rows))
        rows[place] = rows[place][:1]
    return rows


def _lines(luck: random.Random, rows: Sequence[Sequence[str]], mark: str, end: str) -> str:
    if luck.random() < 0.2:  # written by hand: quotes as they come
        return "".join(mark.join(row).replace("\n", " ").replace("\r", " ") + end for row in rows)
    quoting = luck.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mark, lineterminator=end, quoting=quoting)
    for row in rows:
        typed = [
            _number(cell) if quoting == csv.QUOTE_NONNUMERIC and luck.random() < 0.7 else cell for cell in row
        ]
        writer.writerow(typed)
    return out.getvalue()


def _number(cell: str) -> object:
    try:
        return float(cell) if "." in cell else int(cell)
    except ValueError:
        return cell


def _encoded(luck: random.Random, text: str, codec: str) -> bytes:
    content = text.encode(codec, "replace")
    if codec == "utf-16-be":
        content = codecs.BOM_UTF16_BE + content
    if codec == "utf-8-sig" and luck.random() < 0.2:
        content += content  # two files joined
    if luck.random() < 0.06:
        at = luck.randrange(len(content) + 1)
        content = (
            content[:at] + luck.choice([b"\x00", b"\xff", b"\x81", b"\xe7\xe3o", b"\xc3"]) + content[at:]
        )
    return content


def _json(luck: random.Random) -> bytes:
    values = [
        *CELLS,
        *WIDE,
        None,
        True,
        False,
        1,
        -0.0,
        1.0,
        1e-7,
        1e16,
        123456789.125,
        2**70,
        [1, "é", None],
        {"a": 1.5},
    ]
    values += [float("nan"), "\ud83d", "\x00\x7f\u2028"]
    rows = [
        {
            name: luck.choice(values)
            for name in luck.sample(NAMES, luck.randint(0, 3)) + ["texto"] * (luck.random() < 0.9)
        }
        for _ in range(luck.randint(0, 6))
    ]
    lines = [json.dumps(row, ensure_ascii=luck.random() < 0.5) for row in rows]
    if luck.random() < 0.2:
        lines.insert(
            luck.randrange(len(lines) + 1),
            luck.choice(["", " ", "[1]", "{", '{"a": 01}', '{"texto": Infinity}', "3"]),
        )
    return luck.choice(["\n", "\r\n"]).join(lines).encode("utf-8", "surrogatepass")
