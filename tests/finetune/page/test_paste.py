"""What is pasted from a spreadsheet, as a table: by the page's own script in Node, where there is one."""

import json
import shutil
import subprocess
from importlib.resources import files

import pytest

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node")

PASTED = {
    "a column": ("o boi\r\nvaca, leite\r\n", ["texto"], "texto\r\no boi\r\nvaca, leite\r\n"),
    "its name on top": ("TÉXTO \no boi\n", ["Texto"], "TÉXTO \r\no boi\r\n"),
    "another name on top": ("relato\no boi", ["texto"], "texto\r\nrelato\r\no boi\r\n"),
    "a gap stays": ("\n\na\n\nb\n\n\n", ["texto"], "texto\r\na\r\n\r\nb\r\n"),
    "several lines in a cell": (
        '"duas\nlinhas ""aqui"""\tx\nb\ty',
        ["texto", "n"],
        'texto;n\r\n"duas\nlinhas ""aqui""";x\r\nb;y\r\n',
    ),
    "a quote that closes nowhere": ('"não\n5" de chuva', ["texto"], 'texto\r\n"""não"\r\n"5"" de chuva"\r\n'),
    "an empty last cell": ("id\ttexto\n1\t\n2\t", ["texto"], "id;texto\r\n1;\r\n2;\r\n"),
    "columns without names": (
        "MG\tcafé\nSP\tcana; mel",
        ["estado", "cultura"],
        'estado;cultura\r\nMG;café\r\nSP;"cana; mel"\r\n',
    ),
    "a name of two words": ("texto_da pergunta\noi", ["Texto da pergunta"], "texto_da pergunta\r\noi\r\n"),
    "a tab in a text": ("o boi\na vaca\tleite\n", ["texto"], "texto\r\no boi\r\na vaca leite\r\n"),
    "blank cells beside": ("id\ttexto\n1\ta\t \t", ["texto"], "id;texto\r\n1;a\r\n"),
    "more cells than the first row": (
        "id\ttexto\n1\ta\n2\tb\tc",
        ["texto"],
        ["pasted_too_wide", "3", "3", "2"],
    ),
    "nothing": (" \n\t\n", ["texto"], ["nothing_pasted"]),
}


@pytest.fixture(scope="module")
def tables():
    """What the script makes of each, or says of it."""
    source = files("finetune.page").joinpath("script", "paste.js").read_text(encoding="utf-8")
    given = json.dumps([(text, columns) for text, columns, _ in PASTED.values()])
    tried = f"""{source}
    let facts;
    const number = {{ format: String }}, say = (name, values = {{}}) => [name, ...Object.values(values)];
    console.log(JSON.stringify({given}.map(([text, columns]) => {{
      facts = {{ columns }};
      const rows = evened(pastedRows(text));
      return whatIsWrong(rows) || asTable(withHeader(rows));
    }})))"""
    done = subprocess.run([NODE, "-"], input=tried.encode(), capture_output=True, timeout=60, check=True)
    return dict(zip(PASTED, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", PASTED)
def test_what_is_pasted_becomes_a_table_that_excel_opens(tables, name):
    wanted = PASTED[name][2]
    assert tables[name] == (f"\ufeff{wanted}" if isinstance(wanted, str) else wanted)
