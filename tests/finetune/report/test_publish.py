"""What is said where a page was written."""

import pytest

from finetune.language.which import speaking
from finetune.report import publish as publishing
from finetune.report.publish import announce, publish


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "report: report.html\nopen it in a browser:\n  file://{folder}/report.html\n"),
        ("pt", "relatório: report.html\nabra no navegador:\n  file://{folder}/report.html\n"),
    ],
)
def test_where_the_page_is_stands_on_a_line_to_copy(new_run, tmp_path, monkeypatch, capsys, language, said):
    monkeypatch.chdir(tmp_path)
    with speaking(language):
        publish(new_run(), tmp_path / "report.html", explained=0, version="0.1.0")
    assert capsys.readouterr().out == said.format(folder=tmp_path)


def test_a_card_that_cannot_be_written_costs_no_page(new_run, tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_card", full)
    page = tmp_path / "report.html"
    with speaking("pt"):
        publish(new_run(), page, explained=0, version="0.1.0")
    out = capsys.readouterr().out
    assert "A ficha do modelo não foi gravada: não há mais espaço no disco." in " ".join(out.split())
    assert page.is_file()


def test_what_takes_long_is_said_before_with_the_right_number(capsys):
    with speaking("pt"):
        announce(1)
        announce(30)
    told = " ".join(capsys.readouterr().out.split())
    assert "pesaram em 1 erro; pode levar um minuto" in told
    assert "pesaram em 30 erros; pode levar um minuto" in told
