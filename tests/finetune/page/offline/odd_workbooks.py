"""Workbooks as spreadsheets and programs write them: from a seed by openpyxl, and by hand what openpyxl never writes."""

import datetime as dt
import io
import random
import zipfile
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

FORMATS = [
    "General",
    "0.00",
    "dd/mm/yyyy",
    "[h]:mm:ss",
    "mm:ss",
    "h:mm AM/PM",
    '0 "dias"',
    "[Red]0",
    "yyyy\\-mm\\-dd",
    "@",
    "[$-416]d-mmm",
]
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml."


def odd_workbook(seed: int) -> tuple[str, bytes]:
    """Returns the name of a workbook, and its file."""
    luck, book = random.Random(seed), Workbook()
    if luck.random() < 0.2:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    if luck.random() < 0.3:
        sheet.append(luck.choice([[], ["capa"], [None, " "]]))
        sheet = book.create_sheet("Dados")
        if luck.random() < 0.3:
            book.worksheets[0].sheet_state = "hidden"
    if luck.random() < 0.2:
        sheet.append(["Relatório de maio"])
    width = luck.randint(1, 4)
    sheet.append(luck.sample(["texto", "dia", "n", 7, 1.5, None, dt.date(2024, 1, 1), "é"], width))
    for _ in range(luck.randint(0, 6)):
        sheet.append([_cell(luck) for _ in range(width + (luck.random() < 0.05))])
        for cell in sheet[sheet.max_row]:
            if luck.random() < 0.3:
                cell.number_format = luck.choice(FORMATS)
            if isinstance(cell.value, str):
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return f"odd_{seed}.xlsx", out.getvalue()


def _cell(luck: random.Random) -> Any:
    moment = dt.datetime(
        luck.randint(1900, 2200),
        luck.randint(1, 12),
        luck.randint(1, 28),
        luck.choice([0, 0, 13]),
        luck.choice([0, 59]),
    )
    rich = CellRichText("boi ", TextBlock(InlineFont(b=True), "gordo "), "é")
    values = [
        "o boi subiu",
        "",
        " ",
        "a\nb",
        "=1+1",
        "_x0041_",
        "<&>\"'",
        "🐂",
        0,
        1,
        -3,
        1.5,
        1e-7,
        1e20,
        0.1 + 0.2,
        2**60,
        True,
        False,
        None,
    ]
    values += [
        moment,
        moment.date(),
        dt.time(10, 20, 30),
        dt.time(0, 0),
        dt.timedelta(hours=30, seconds=1),
        rich,
        45000.75,
        59.5,
    ]
    return luck.choice([*values, -0.25, dt.timedelta(hours=-6)] if luck.random() < 0.2 else values)


def by_hand(sheet: str, *, strings: str = "", prefix: str = "", packed: bool = True) -> bytes:
    """Returns a workbook of one sheet, of whose rows the XML is given; its styles: none, a day, a span."""
    space = f'xmlns{":" if prefix else ""}{prefix}="{MAIN}" xmlns:r="{OFFICE}"'
    tag = f"{prefix}:" if prefix else ""
    own = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{KIND}{kind}+xml"/>'
        for name, kind in (
            ("workbook", "sheet.main"),
            ("worksheets/sheet1", "worksheet"),
            ("sharedStrings", "sharedStrings"),
        )
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}">{own}</Types>',
        "xl/workbook.xml": f'<{tag}workbook {space}><{tag}sheets><{tag}sheet name="A&amp;B" sheetId="1" r:id="rId7"/></{tag}sheets>'
        f"</{tag}workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId7" Type="{OFFICE}/worksheet" '
        'Target="/xl/worksheets/sheet1.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<{tag}sst {space}>{strings}</{tag}sst>",
        "xl/worksheets/sheet1.xml": f"<{tag}worksheet {space}><!-- > --><{tag}sheetData>{sheet}</{tag}sheetData></{tag}worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as file:
        for name, text in parts.items():
            file.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n{text}')
    return out.getvalue()


STRINGS = (
    "<si><t>texto</t></si><si><r><rPr><b/></rPr><t>boi </t></r><r><t xml:space='preserve'> gordo</t></r><rPh sb='0' eb='1'>"
    "<t>falado</t></rPh></si><si><t/></si><si><t>a_x000D_b &lt;&#233;&#x1F402;> _x005F_x0041_</t></si>"
    "<si><t>dois\r\nfins</t></si><si><t><![CDATA[<b>&amp;]]></t></si>"
)
ROWS = (
    '<row r="2"><c r="A2" t="s"><v>0</v></c><c t="inlineStr"><is><t>dentro</t></is></c><c r="D2" t="str"><f>A1</f><v>fim</v></c></row>'
    '<row r="4" spans="1:4"><c r="A4" t="s"><v>1</v></c><c r="B4"><f>1+1</f><v>2</v></c><c r="C4" t="e"><v>#N/A</v></c></row>'
    '<row><c t="s"><v>2</v></c><c t="b"><v>1</v></c><c t="d"><v>2024-01-31T10:20:30.5Z</v></c><c t="d"><v>2024-01-31</v></c></row>'
    '<row><c t="s"><v>3</v></c><c><v>1E3</v></c><c><v>12345678901234567890</v></c><c t="inlineStr"><is><r><t>x</t></r></is></c></row>'
    '<row><c t="s"><v>4</v></c><c><v></v></c><c/><c t="inlineStr"></c></row><row/><row r="9"><c t="s"><v>5</v></c></row>'
    '<row r="11"><c r="C11" t="inlineStr"><is><t> </t></is></c></row>'
)
BY_HAND = {
    "by_hand.xlsx": by_hand(ROWS, strings=STRINGS),
    "stored.xlsx": by_hand(ROWS, strings=STRINGS, packed=False),
    "no_rows.xlsx": by_hand('<row r="1"><c t="s"><v>0</v></c></row>', strings=STRINGS),
    "nothing.xlsx": by_hand(""),
    "backwards.xlsx": by_hand('<row r="3"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>'),
    "no_number.xlsx": by_hand("<row><c><v>um</v></c></row>"),
    "torn.xlsx": by_hand("<row><c><v>1</v></c>"),
    "cut.xlsx": by_hand(ROWS, strings=STRINGS)[:-40],
    "no_workbook.xlsx": b"PK\x03\x04 nothing of the kind",
    "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
}
"""Workbooks with what other programs than openpyxl write, and broken ones."""


def damaged(how: str) -> bytes:
    """Returns a workbook that was changed behind its back: in its sheet, in what it says of it, or locked."""
    content = bytearray(by_hand(ROWS, strings=STRINGS))
    entry = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    at = int.from_bytes(content[entry + 42 : entry + 46], "little")
    if how == "sheet":
        content[at + 70] ^= 0xFF
    elif how == "locked":
        content[entry + 8] |= 1
    else:
        content[entry + 24 : entry + 28] = {"shorter": 9, "larger": 300 * 2**20}[how].to_bytes(4, "little")
    return bytes(content)
