"""Texts of one byte a character: Windows', DOS', the Macintosh's and Latin-9, with many accents and with few."""

from pathlib import Path

import pytest

from finetune.data.reading import encoding
from finetune.data.reading.encoding import detect_encoding
from finetune.data.reading.single_byte import one_byte_encoding, triples

PARAGRAPH = (
    "A previsão é de chuva até amanhã, então o produtor não irriga. À tarde há pragas na lavoura: será preciso "
    "aplicação já, com atenção às águas do açude. O preço do café subiu três reais, os grãos estão secos e a estação "
    "das cheias começa cedo em Goiás. É útil vacinar o bezerro, pois você evita doenças; o côncavo da máquina está "
    "sujo. Os sítios pedem crédito, e lá o boi só engorda com ração. ÁGUA LIMPA TAMBÉM É OBRIGAÇÃO."
)


def found(text: str, encoding: str) -> str | None:
    return one_byte_encoding(triples(text.encode(encoding)))


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman", "cp1252"])
@pytest.mark.parametrize(
    "text",
    [
        "a maçã",
        "A vacinação do rebanho será amanhã, disse o técnico",
        PARAGRAPH,
        PARAGRAPH * 5,
    ],
)
def test_portuguese_is_recognised_by_a_few_accents(text: str, encoding: str) -> None:
    assert found(text, encoding) == encoding


@pytest.mark.parametrize("encoding", ["cp850", "cp1252", "mac_roman"])
@pytest.mark.parametrize(
    "text",
    [
        "ÓRGÃO DO PARÁ",
        "TRÊS ÓRGÃOS VITAIS",
        "CORAÇÃO E ÁGUA",
        "ÚTIL E FÁCIL, SÃO LUÍS",
        "O ÓRGÃO É DE CEARÁ-MIRIM",
        "À ÉPOCA DAS ÁGUAS, SEM RAÇÃO",
        PARAGRAPH.upper(),
    ],
)
def test_capitals_are_recognised_as_small_letters_are(text: str, encoding: str) -> None:
    assert found(text, encoding) == encoding


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("text", ["O café", "ÁGUA", "manhã", "às 10h", "a maçã", PARAGRAPH])
def test_windows_is_recognised_by_one_accent(text: str, encoding: str) -> None:
    assert found(text, encoding) == "cp1252"


@pytest.mark.parametrize("sign", [*"®™©°ºª§±×÷µ½¼¾²³¹€£¥¢·•…–—‘’“”«»‹›„‚†‡‰ƒˆ˜Æœžšÿ¿¡", "\u00a0", "\u00ad"])
@pytest.mark.parametrize(
    "pattern", ["Roundup{} no milho", "{} 10", "10{}20", "({}) {}x", "Acme{}, Beta{} e Gama{}.", "Boi{}gordo"]
)
def test_one_sign_however_often_is_no_evidence_against_windows(sign: str, pattern: str) -> None:
    text = f"texto;rotulo\n{pattern.replace('{}', sign)};x\n"
    assert found(text, "cp1252") == "cp1252"


@pytest.mark.parametrize(
    "text",
    [
        "Acme™ e Roundup® – “aspas” … d’água",
        "Müller Käse Straße",
        "smörgåsbord på bordet",
        "Škoda Žižka",
        "¿qué? ¡sí! ñandú",
        "10 µm ±5 ½ kg 3 × 4",
    ],
)
def test_other_languages_of_windows_are_no_portuguese_of_dos(text: str) -> None:
    assert found(text, "cp1252") == "cp1252"


@pytest.mark.parametrize("text", ["custa 10 €", "€ 10 por maçã", PARAGRAPH + " São 5 € por arroba."])
def test_the_euro_sign_of_latin_9(text: str) -> None:
    assert found(text, "iso8859_15") == "iso8859_15"
    assert found(text, "cp1252") == "cp1252"


def test_without_a_euro_sign_latin_9_is_windows() -> None:
    assert found(PARAGRAPH, "iso8859_15") == "cp1252"
    assert (
        found("Ni\u00f1a e Ni\u00f1o", "cp850") == "cp1252"
    )  # too little to tell, and no euro stands within words


def test_neighbours_are_counted_at_both_ends() -> None:
    assert triples(b"\xe3o\xe3") == {(10, 0xE3, 111): 1, (111, 0xE3, 10): 1}


@pytest.mark.parametrize(
    ("encoding", "rows"), [("cp850", 1), ("mac_roman", 1), ("cp1252", 1), ("cp850", 5000)]
)
def test_a_file_is_told_as_a_text_is(tmp_path: Path, encoding: str, rows: int) -> None:
    content = "texto;rotulo\n" + f"{PARAGRAPH};lavoura\n" * rows
    (tmp_path / "a.csv").write_bytes(content.encode(encoding))
    assert detect_encoding(tmp_path / "a.csv").name == encoding


def test_a_damaged_byte_among_many_of_windows_garbles_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune.data.reading.encoding.CHUNK", 4096)
    line = "útil boi João soja você há;café e açúcar\r\n".encode("cp1252")
    content = b"texto;rotulo\r\n" + line * 300 + b"boi \x90 soja;x\r\n" + line * 10
    (tmp_path / "a.csv").write_bytes(content)
    text = content.decode(detect_encoding(tmp_path / "a.csv").codec)
    assert "útil boi João soja você há;café e açúcar" in text


def test_an_encoding_is_one_that_can_read_the_whole_file_and_not_only_the_piece_that_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    from_bytes = encoding.from_bytes
    monkeypatch.setattr(encoding, "CHUNK", 4096)
    monkeypatch.setattr(
        encoding,
        "from_bytes",
        lambda sample, cp_isolation: (
            asked.append(cp_isolation) or from_bytes(sample, cp_isolation=cp_isolation)
        ),
    )
    line = "útil boi João soja você há;café e açúcar\r\n".encode("cp1252")
    (tmp_path / "a.csv").write_bytes(line * 300 + b"\x90" + line)
    detect_encoding(tmp_path / "a.csv")
    assert asked
    assert "cp1250" not in asked[0]  # which has no letter for that byte
