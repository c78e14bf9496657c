"""Tables whose rows are known, each written in one of the ways in which people's programs write them. Breaks none."""

import csv
import gzip
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LABELS = ("Pecuária", "Preço", "Clima", "Crédito", "Máquinas", "café e açúcar", "Sanidade (geral)")
WORDS = """
não há chuva na lavoura de soja a saca de café está em São João o preço do boi subiu à tarde três bezerros nasceram
vacinação contra a aftosa crédito rural pelo Pronaf máquina parada por falta de peça manhã fria geada previsão razão
produção água órgão você também útil índice família irrigação
"""
ODD = (
    '"mansa"', "soja; milho", "5,5 kg", "a|b", "R$ 1.234,56", "e-mail: a@b.c", "linha\nnova", "=soma", "-3 graus",
    "12\u00a0ha", "ok 👍", "“aspas”", "100%", "https://exemplo.org/a?b=c", "NA", "null", "<b>", "\\n", "''", "x" * 300,
)  # fmt: skip

TEXT_HEADERS = ("texto", "Texto", "TEXTO", "text", "Mensagem", "pergunta", "Descrição", "comentário")
LABEL_HEADERS = ("rotulo", "Rótulo", "label", "Categoria", "classe", "Intenção")
ENCODINGS = (
    *[("utf-8", start) for start in (b"", b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf" * 2)],
    ("utf-16-le", b"\xff\xfe"),
    ("utf-16-be", b"\xfe\xff"),
    ("cp1252", b""),
)
"""With what stands at the beginning."""

TITLES = (
    "Relatório de atendimentos",
    "Cooperativa Vale do Rio, filial 3",
    "Gerado em 01/10/2026 às 10:20",
    "",
)


@dataclass(frozen=True)
class Known:
    """A table before it is written.

    Attributes:
        header: Names of the columns.
        rows: Their cells, as texts.
        text: Place of the text column.
        label: Place of the label column.
    """

    header: list[str]
    rows: list[list[str]]
    text: int
    label: int

    def expected(self) -> dict[str, list[str]]:
        """Returns what has to be read: the texts without outer blanks, and the labels."""
        return {
            "text": [row[self.text].strip() for row in self.rows],
            "label": [row[self.label] for row in self.rows],
        }


def made_up(choice: random.Random) -> Known:
    """Makes up a table of 3 to 60 rows and 2 to 6 columns."""
    names = [choice.choice(TEXT_HEADERS), choice.choice(LABEL_HEADERS)]
    others = ["data", "município", "valor", "id do cliente"][: choice.randint(0, 4)]
    header = [*names, *others]
    choice.shuffle(header)
    text, label = header.index(names[0]), header.index(names[1])
    labels = choice.sample(LABELS, choice.randint(2, 5))
    rows = []
    for number in range(choice.randint(3, 60)):
        cells = {
            "data": f"{choice.randint(1, 28):02d}/{choice.randint(1, 12):02d}/2026",
            "município": choice.choice(("São Paulo", "Maringá", "Goiânia", "")),
            "valor": f"{choice.random() * 1000:.2f}".replace(".", ","),
            "id do cliente": f"{number:05d}",
            names[0]: text_of(choice),
            names[1]: choice.choice(labels),
        }
        rows.append([cells[name] for name in header])
    return Known(header, rows, text, label)


def text_of(choice: random.Random) -> str:
    """Makes up a text."""
    words = choice.choices(WORDS.split(), k=choice.randint(4, 30))
    if choice.random() < 0.3:
        words.insert(choice.randint(1, len(words)), choice.choice(ODD))
    blanks = choice.choice(("", "", "", " ", "  "))
    return blanks + " ".join(words) + blanks


# ---- as delimited text --------------------------------------------------------------------------------------


def delimited(known: Known, choice: random.Random) -> tuple[str, bytes]:
    """Writes it as a CSV or TSV."""
    suffix, mark = choice.choice(
        (("csv", ";"), ("csv", ";"), ("csv", ","), ("tsv", "\t"), ("txt", "\t"), ("csv", "|"))
    )
    line_end = choice.choice(("\r\n", "\n"))
    quoting = choice.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    body = io.StringIO(newline="")
    writer = csv.writer(body, delimiter=mark, quoting=quoting, lineterminator=line_end)
    writer.writerows([known.header, *known.rows])
    lines = [body.getvalue()]
    width = len(known.header)
    if choice.random() < 0.2:  # the formatted end of a sheet
        blank = choice.choice(("", mark * (width - 1)))
        lines.append((blank + line_end) * choice.randint(1, 2000))
    if choice.random() < 0.2:
        titles = choice.choices(TITLES, k=choice.randint(1, 3))
        titles = [f'"{title}"' if mark in title else title for title in titles]
        filled = mark * (width - 1) if choice.random() < 0.5 else ""
        lines.insert(0, "".join(f"{title}{filled}{line_end}" for title in titles))
    if choice.random() < 0.1:
        lines.insert(0, f"sep={mark}{line_end}")
    return suffix, encoded("".join(lines), choice)


def encoded(content: str, choice: random.Random) -> bytes:
    """Writes a text in an encoding that has all its letters."""
    codec, start = choice.choice(ENCODINGS)
    try:
        return start + content.encode(codec)
    except UnicodeEncodeError:
        return content.encode()


# ---- as JSON ------------------------------------------------------------------------------------------------


def json_text(known: Known, choice: random.Random) -> tuple[str, bytes]:
    """Writes it as JSON Lines, or as one of the shapes of JSON that programs write."""
    rows = [dict(zip(known.header, row, strict=True)) for row in known.rows]
    plain = choice.random() < 0.5
    by_column = {name: {str(n): row[name] for n, row in enumerate(rows)} for name in known.header}
    shapes: dict[str, Any] = {
        "records": rows,
        "wrapped": {"data": rows},
        "columns": by_column,
        "index": {str(n): row for n, row in enumerate(rows)},
        "split": {"columns": known.header, "index": list(range(len(rows))), "data": known.rows},
    }
    kind = choice.choice(("lines", "lines", *shapes))
    if kind == "lines":
        lines = [json.dumps(row, ensure_ascii=plain) for row in rows]
        return choice.choice(("jsonl", "ndjson")), (
            "\n".join(lines) + choice.choice(("", "\n", "\n\n\n"))
        ).encode()
    written = json.dumps(shapes[kind], ensure_ascii=plain, indent=choice.choice((None, 2)))
    return "json", written.encode()


# ---- as Parquet and workbooks -------------------------------------------------------------------------------


def parquet(known: Known, choice: random.Random) -> tuple[str, bytes]:
    """Writes it as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [pa.array(cells) for cells in zip(*known.rows, strict=True)]
    if choice.random() < 0.4:
        columns[known.label] = columns[known.label].dictionary_encode()
    if choice.random() < 0.3:
        columns[known.text] = columns[known.text].cast(pa.large_string())
    stream = io.BytesIO()
    pq.write_table(
        pa.table(columns, names=known.header),
        stream,
        compression=choice.choice(("snappy", "zstd", "gzip", "none")),
        row_group_size=choice.choice((None, 5)),
    )
    return "parquet", stream.getvalue()


def workbook(known: Known, choice: random.Random) -> tuple[str, bytes]:
    """Writes it as an Excel workbook, alone or beside other sheets, with or without titles above."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if choice.random() < 0.3:
        sheet.title = "Capa"
        sheet["B2"] = "Relatório anual"
        sheet = book.create_sheet("Dados")
    titles = choice.randint(1, 3) if choice.random() < 0.3 else 0
    for number in range(titles):
        sheet.cell(number + 1, 1, TITLES[number])
    if titles and len(known.header) > 1 and choice.random() < 0.5:
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(known.header))
    for number, row in enumerate([known.header, *known.rows], titles + 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str) and value:
                cell.data_type = "s"  # a text that begins with "=" is no formula
    if choice.random() < 0.3:
        sheet.cell(sheet.max_row + choice.randint(1, 3000), 1).number_format = "0.00"
    if choice.random() < 0.2:
        book.create_sheet("Listas")["A1"] = "valores"
    stream = io.BytesIO()
    book.save(stream)
    return "xlsx", stream.getvalue()


WRITERS: tuple[Callable[[Known, random.Random], tuple[str, bytes]], ...] = (
    delimited,
    delimited,
    json_text,
    parquet,
    workbook,
)


def write_valid(folder: Path, number: int, choice: random.Random) -> tuple[Path, Known]:
    """Writes the table of a number; returns its path and what is in it."""
    known = made_up(choice)
    suffix, content = choice.choice(WRITERS)(known, choice)
    path = folder / f"{number:06d}.{suffix}"
    if suffix != "parquet" and choice.random() < 0.08:
        path = path.with_name(f"{path.name}.gz")
        content = gzip.compress(content, 1)
    path.write_bytes(content)
    return path, known
