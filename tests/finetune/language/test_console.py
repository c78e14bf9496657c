"""Tables in colours, whose cells are only shown."""

import io

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finetune.language.console import OnlyShown, new_console
from finetune.language.say import show


def test_cells_are_shown_and_our_own_colours_stay():
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=60)
    console.push_render_hook(OnlyShown())
    table = Table("rótulo")
    table.add_row(Text("\x1b[2Jboi\x9b1m", style="red"))
    console.print(table)
    console.print(Text("a\x1b]0;x\x07", style="bold"))
    printed = console.file.getvalue()
    assert "\x1b[2J" not in printed
    assert "\x9b" not in printed
    assert "\x1b]" not in printed
    assert "\x1b[31m" in printed
    assert r"\x1b[2Jboi\x9b1m" in printed
    assert printed.endswith("\n")


def test_what_is_printed_through_ours_and_what_is_told(capsys):
    new_console(most=30).print("a\x1b[2J")
    show("b\x1b[2J\tc\n  d")
    assert capsys.readouterr().out == "a\\x1b[2J\nb\\x1b[2J c\n  d\n"
    assert new_console(most=30).width == 30
