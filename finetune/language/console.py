"""Where tables are printed for people: rich's console, which lets nothing that it is given steer the terminal."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.segment import Segment

from callbacks.language.visible import visible


class Visible:
    """Something to print whose text is only shown; the colours around it are rich's own, and stay."""

    def __init__(self, shown: ConsoleRenderable) -> None:
        self.shown = shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
        """Yields the pieces that rich makes of it."""
        for piece in console.render(self.shown, options):
            yield piece if piece.control else Segment(visible(piece.text), piece.style)


class OnlyShown(RenderHook):
    """Has all that a console prints be only shown."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Returns what is printed in its place."""
        return [Visible(each) for each in renderables]


def new_console(*, most: int | None = None) -> Console:
    """Returns a console on the output.

    Args:
        most: Columns that it has at most; the terminal's when left out.
    """
    console = Console()
    if most is not None:
        console.width = min(most, console.width)
    console.push_render_hook(OnlyShown())
    return console
