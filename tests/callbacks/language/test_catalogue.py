import pytest

from callbacks.language.catalogue import Catalogue, read

HEAD = 'msgid ""\nmsgstr ""\n"Language: xx\\n"\n"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\\n"\n'


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "package" / "language" / "xx"
    folder.mkdir(parents=True)
    return folder


def test_every_form_of_the_format_is_read(folder):
    file = folder / "room.po"
    file.write_text(
        f"# by hand\n{HEAD}\n"
        '#. of a translator\n#: finetune/x.py\nmsgctxt "short"\nmsgid "row"\nmsgstr "linha"\n\n'
        'msgid ""\n"two \\"quoted\\" "\n"parts\\n"\nmsgstr ""\n"duas "\n"partes\\n"\n\n'
        'msgid "{n} row"\nmsgid_plural "{n} rows"\nmsgstr[0] "a"\nmsgstr[1] "b"\nmsgstr[2] "c"\n\n'
        '#, fuzzy\nmsgid "doubted"\nmsgstr "duvidoso"\n\n'
        'msgid "empty"\nmsgstr ""\n\n'
        '#~ msgid "gone"\n#~ msgstr "ido"\n',
        encoding="utf-8",
    )
    entries = dict(read(file))
    entries.pop(("", ""))
    assert entries == {
        ("short", "row"): ("linha",),
        ("", 'two "quoted" parts\n'): ("duas partes\n",),
        ("", "{n} row"): ("a", "b", "c"),
    }


def test_a_file_is_read_when_no_other_had_the_sentence_and_the_packages_own_first(folder):
    for name in ("early", "package", "room"):
        (folder / f"{name}.po").write_text(f'{HEAD}\nmsgid "of {name}"\nmsgstr "de {name}"\n')
    catalogue = Catalogue(folder)
    assert catalogue.find("", "of package") == ("de package",)
    for name in ("early", "room"):
        (folder / f"{name}.po").write_text(f'{HEAD}\nmsgid "of {name}"\nmsgstr "lido depois"\n')
    assert catalogue.find("", "of room") == ("lido depois",)
    assert catalogue.find("", "of nobody") == ("of nobody",)
    assert [catalogue.plural(n) for n in (0, 1, 4, 5)] == [1, 0, 1, 2]
