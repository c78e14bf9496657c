"""Every figure: it draws, also at the edges; as SVG it is safe and stands alone; nothing global changes."""

import re
import warnings
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from finetune.language.which import speaking
from finetune.report import figures
from finetune.report.figures.drawing import localized, shown_labels, to_svg
from finetune.report.figures.time import resource_name

RANDOM = np.random.default_rng(0)
NASTY = [
    "<script>alert(1)</script>",
    "$x^$ custo",
    "🐄 & gado",
    "um nome comprido demais para caber numa linha só",
    "a",
]


def matrix(classes):
    return RANDOM.integers(0, 9, (classes, classes))


FIGURES = {
    "confusion, two": lambda: figures.confusion_matrix(matrix(2), ["sim", "não"]),
    "confusion, five": lambda: figures.confusion_matrix(matrix(5), NASTY),
    "confusion, forty": lambda: figures.confusion_matrix(matrix(40), [f"c{n}" for n in range(40)]),
    "confusion, many": lambda: figures.confusion_matrix(matrix(60), [f"c{n}" for n in range(60)]),
    "confusion, empty": lambda: figures.confusion_matrix(np.zeros((3, 3), dtype=int), ["a", "b", "c"]),
    "bars": lambda: figures.class_bars(NASTY, [0.1] * 5, precision=[0.2] * 5, recall=[1.0] * 5),
    "lengths": lambda: figures.length_histogram(RANDOM.integers(1, 90, 300), limit=64),
    "lengths, none": lambda: figures.length_histogram([], unit="tokens"),
    "lengths, one giant": lambda: figures.length_histogram([3] * 200 + [90_000]),
    "reliability": lambda: figures.reliability(RANDOM.random(80), RANDOM.random(80) > 0.4, title="a"),
    "reliability, one row": lambda: figures.reliability(np.array([1.0]), np.array([True])),
    "coverage": lambda: figures.coverage_curve(RANDOM.random(80), RANDOM.random(80) > 0.4, threshold=0.5),
    "coverage, out of reach": lambda: figures.coverage_curve(
        np.array([0.5, 0.6]), np.array([True, False]), threshold=0.9
    ),
    "pr": lambda: figures.pr_curves(
        RANDOM.dirichlet(np.ones(5), 60), RANDOM.integers(0, 5, 60), labels=NASTY
    ),
    "pr, twelve classes": lambda: figures.pr_curves(
        RANDOM.dirichlet(np.ones(12), 60),
        RANDOM.integers(0, 12, 60),
        labels=[f"c{n}" for n in range(12)],
    ),
    "pr, labels that stand together": lambda: figures.pr_curves(
        RANDOM.random((60, 5)), RANDOM.integers(0, 2, (60, 5)), labels=NASTY
    ),
    "confusion, of other names": lambda: figures.confusion_matrix(
        matrix(3), ["a", "b", "c"], row="$falta$", column="sobra"
    ),
    "amounts": lambda: figures.label_amounts(RANDOM.integers(0, 4, 60), RANDOM.integers(0, 20, 60)),
    "amounts, none": lambda: figures.label_amounts(np.zeros(0, dtype=int), np.zeros(0, dtype=int)),
    "steps": lambda: figures.step_bars(np.array([1, 3, 50, 4, 0])),
    "steps of many classes": lambda: figures.step_bars(RANDOM.integers(0, 9, 39)),
    "numbers": lambda: figures.against_truth(
        RANDOM.normal(size=900), RANDOM.normal(size=900), low=np.full(900, -1.0), high=np.full(900, 1.0)
    ),
    "numbers, one": lambda: figures.against_truth(np.array([3.0]), np.array([4.0]), low=None, high=None),
    "errors": lambda: figures.error_histogram(RANDOM.normal(size=300)),
    "errors, all right": lambda: figures.error_histogram(np.zeros(5)),
    "bands": lambda: figures.band_bars(["1 to 2", "3 to 9"], [0.5, 2.0], every=1.0),
    "widths": lambda: figures.width_curve(RANDOM.random(50), RANDOM.random(50)),
    "curves": lambda: figures.curves({"a": [(1, 0.5), (2, 0.25)], "b": [(2, 0.1)]}, title="t", best=2),
    "resources": lambda: figures.resource_curves(
        np.arange(3.0),
        {"cpu_percent": np.array([1.0, np.nan, 3]), "gpu0_power_watts": np.arange(3.0)},
    ),
}


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_becomes_a_whole_svg_of_its_own(name, language):
    before = dict(matplotlib.rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with speaking(language):
            svg = to_svg(FIGURES[name](), "one", alt='what "is" seen')
    assert dict(matplotlib.rcParams) == before
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'what "is" seen'
    ids = re.findall(r'\bid="([^"]*)"', svg)
    assert len(ids) == len(set(ids))
    assert all(one.startswith("one-") for one in ids)
    used = re.findall(r'(?:url\(|xlink:href=")#([^")]*)', svg)
    assert set(used) <= set(ids)
    assert "<script" not in svg
    assert len(svg) < 800_000


def texts(figure):
    return [
        text.get_text() for axes in figure.axes for text in [*axes.get_xticklabels(), *axes.get_yticklabels()]
    ]


def test_numbers_on_the_axes_are_in_the_readers_language():
    with speaking("pt"):
        figure = figures.reliability(np.array([0.3, 0.9]), np.array([True, True]))
    figure.canvas.draw()  # whoever saves it may speak another one
    assert "0,2" in texts(figure)
    assert figure.axes[0].get_ylabel() == "proporção de acertos"


def test_up_to_forty_classes_have_names_and_more_have_none():
    named = figures.confusion_matrix(matrix(40), [f"classe {n}" for n in range(40)])
    assert "12. classe 11" in texts(named)
    assert not any(texts(figures.confusion_matrix(matrix(41), [f"c{n}" for n in range(41)])))


def test_counts_and_shares_of_the_row_stand_in_the_cells():
    figure = figures.confusion_matrix(np.array([[3, 1], [0, 4]]), ["a", "b"])
    assert {text.get_text() for text in figure.axes[0].texts} == {"3\n75%", "1\n25%", "4\n100%"}


def test_long_names_are_wrapped_and_then_cut():
    assert shown_labels(["Crédito rural e seguro da safra de verão"], letters=14) == [
        "Crédito rural\ne seguro da s…"
    ]
    assert shown_labels(["x" * 50], letters=10, lines=1) == ["xxxxxxxxx…"]


def test_what_the_machine_did_is_named_in_the_readers_language():
    with speaking("pt"):
        assert resource_name("gpu1_memory_gib") == "GPU 1: memória (GiB)"
        assert resource_name("cpu_percent") == "Uso do processador (%)"
    assert resource_name("mine") == "mine"


def test_pyplot_is_never_loaded():
    import subprocess
    import sys

    code = "import finetune.report.figures, sys; print('matplotlib.pyplot' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_marks_of_an_axis_have_the_digits_that_tell_them_apart():
    figure = Figure()
    axes = figure.add_subplot()
    with speaking("pt"):
        localized(axes)
    shown = [axes.yaxis.get_major_formatter()(value, 0) for value in (0.0, 2e-05, 0.00015, 0.5, 1000.0)]
    assert shown == ["0", "0,00002", "0,00015", "0,5", "1.000"]


def bars_of(figure):
    return [bar.get_height() for bar in figure.axes[0].patches]


def test_rows_of_more_labels_than_have_a_bar_stand_in_the_last():
    figure = figures.label_amounts(np.array([0, 1, 1, 30]), np.array([2, 2, 9, 8]))
    assert bars_of(figure) == [1, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 2]
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()][-1] == "8+"


def test_right_answers_are_of_another_colour_than_those_that_are_steps_off():
    figure = figures.step_bars(np.array([1, 3, 50, 4, 0]))
    assert bars_of(figure) == [1, 3, 50, 4, 0]
    colours = [bar.get_facecolor() for bar in figure.axes[0].patches]
    assert colours[0] == colours[1] == colours[3] != colours[2]
    assert "86%" in {text.get_text() for text in figure.axes[0].texts}


def test_answers_far_off_stand_in_the_outer_bars():
    errors = np.array([*np.linspace(-1, 1, 999), 500.0])
    figure = figures.error_histogram(errors)
    assert sum(bars_of(figure)) == 1000
    assert figure.axes[0].get_xlim()[1] < 2


def test_the_surest_answers_are_those_of_the_narrowest_intervals():
    figure = figures.width_curve(np.array([3.0, 1.0, 2.0]), np.array([9.0, 0.0, 3.0]))
    assert figure.axes[0].lines[0].get_ydata().tolist() == [0.0, 1.5, 4.0]
