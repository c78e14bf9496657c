"""A table in which nothing is wrong, and how the checks look at it."""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finetune.data.checks.examined import Examined, examined
from finetune.data.dividing.by_column import parts_of_column
from finetune.data.dividing.parts import every_row
from finetune.data.tables import read_source

WORDS = [
    "soja",
    "milho",
    "trigo",
    "café",
    "cana",
    "arroz",
    "algodão",
    "feijão",
    "laranja",
    "safra",
    "colheita",
    "plantio",
    "lavoura",
    "solo",
    "adubo",
    "semente",
    "boi",
    "vaca",
    "bezerro",
    "gado",
    "leite",
    "pasto",
    "pastagem",
    "rebanho",
    "arroba",
    "suíno",
    "frango",
    "ovelha",
    "cria",
    "engorda",
    "ração",
    "vacina",
    "aftosa",
    "doença",
    "praga",
    "lagarta",
    "ferrugem",
    "percevejo",
    "fungo",
    "mofo",
    "carrapato",
    "chuva",
    "seca",
    "geada",
    "clima",
    "calor",
    "frio",
    "granizo",
    "estiagem",
    "previsão",
    "preço",
    "mercado",
    "cotação",
    "saca",
    "alta",
    "queda",
    "crédito",
    "custeio",
    "juros",
    "plano",
    "banco",
    "governo",
    "seguro",
    "dívida",
    "trator",
    "máquina",
    "colheitadeira",
    "peça",
    "motor",
    "produtor",
    "fazenda",
    "vizinho",
    "técnico",
    "cooperativa",
    "caminhão",
    "estrada",
    "galpão",
    "cerca",
    "porteira",
    "açude",
    "represa",
    "ontem",
    "hoje",
    "amanhã",
    "semana",
    "passada",
    "estava",
    "ficou",
    "chegou",
    "comprou",
    "vendeu",
    "perdeu",
    "ganhou",
    "pediu",
    "disse",
    "muito",
    "pouco",
    "ainda",
    "quando",
    "depois",
    "antes",
]


def clean_frame() -> pd.DataFrame:
    """1,200 different sentences in three classes that have nothing to do with them, divided 80/10/10 by a column."""
    choice = random.Random(0)
    rows = []
    for number in range(1200):
        words = choice.sample(WORDS, choice.randint(12, 16))
        text = f"O {words[0]} não {' '.join(words[1:6])} que a {' '.join(words[6:])}."
        part = "teste" if number % 10 == 0 else "validação" if number % 10 == 1 else "treino"
        rows.append((text, ("Clima", "Lavouras", "Pecuária")[number // 10 % 3], part))
    return pd.DataFrame(rows, columns=["texto", "rotulo", "parte"])


def look_at(*frames: pd.DataFrame, fix_encoding: bool = False, **settings: object) -> Examined:
    """The rows of one frame with a column `parte`, or of a frame for each of train, validation and test."""
    tables = [read_source(frame, fix_encoding=fix_encoding)["all"] for frame in frames]
    parts = (
        parts_of_column({"all": tables[0]}, "parte")
        if len(tables) == 1
        else dict(zip(("train", "validation", "test"), map(every_row, tables), strict=True))
    )
    lengths = {
        id(table): np.array([len(text.split()) for text in table.text], dtype=np.int64) for table in tables
    }
    plain = {"max_length": 512, "model_length": 512, "languages": frozenset({"en", "pt"})}
    return replace(examined(parts, lengths), **plain | settings)  # type: ignore[arg-type]


@pytest.fixture
def frame() -> pd.DataFrame:
    return clean_frame()


@pytest.fixture
def look() -> Callable[..., Examined]:
    return look_at
