"""Makes the demonstration tables of other kinds of labels, in finetune/data/demo: the same bytes each time.

    python scripts/demo_tables.py

`assuntos.csv` and `assuntos_colunas.csv` put sentences of `agro.csv` together; `avaliacoes.csv`, `perguntas.csv` and
`tratores.csv` are put together from phrases. What is in them is invented.
"""

import csv
import random
from collections.abc import Sequence
from pathlib import Path

from demo_questions import AT_THE_OFFICE, ON_THE_FARM, PUT_OFF, SETTLED

FOLDER = Path(__file__).parents[1] / "finetune/data/demo"
ROWS = 400
SEED = 2026

# ---- several subjects in one message ------------------------------------------------------------------------

SUBJECTS_IN_A_MESSAGE = {0: 0.06, 1: 0.44, 2: 0.36, 3: 0.14}
GREETINGS = [
    "Bom dia a todos do grupo!",
    "Boa tarde, alguém aí?",
    "Obrigado pela atenção de sempre, um abraço.",
    "Pode me ligar quando tiver um tempinho?",
    "Feliz aniversário ao nosso presidente!",
    "Sou novo aqui, como faço para participar?",
    "Recebido, muito obrigado.",
    "Alguém perdeu um celular na reunião de ontem?",
    "A reunião de quinta está confirmada?",
    "Bom fim de semana, pessoal!",
    "Meu e-mail mudou, anotem por favor.",
    "Não consegui abrir o arquivo que mandaram.",
]
JOINTS = [
    " Outra coisa: ",
    " E mais: ",
    " Aproveitando a mensagem: ",
    " ",
    " Também queria saber disto: ",
    "\n",
]


def subjects(draw: random.Random) -> list[tuple[str, list[str]]]:
    """Returns messages, and the subjects of each."""
    with (FOLDER / "agro.csv").open(encoding="utf-8", newline="") as file:
        sentences = [(row["texto"], row["rotulo"]) for row in csv.DictReader(file)]
    draw.shuffle(sentences)
    messages = []
    for _ in range(ROWS):
        (count,) = draw.choices(list(SUBJECTS_IN_A_MESSAGE), list(SUBJECTS_IN_A_MESSAGE.values()))
        chosen: list[tuple[str, str]] = []
        while len(chosen) < count:
            text, label = sentences.pop()
            if label not in [each for _, each in chosen]:
                chosen.append((text, label))
        text = draw.choice(JOINTS).join(text for text, _ in chosen) or draw.choice(GREETINGS)
        messages.append((text, sorted(label for _, label in chosen)))
    return messages


# ---- stars --------------------------------------------------------------------------------------------------

THINGS = [
    "a semente de milho",
    "o sal mineral",
    "a bomba do poço",
    "o arame farpado",
    "a roçadeira",
    "o frete até a fazenda",
    "o atendimento da loja",
    "a ração de postura",
    "o pulverizador costal",
    "a lona da silagem",
    "o adubo foliar",
    "a assistência do técnico",
]
SAID: dict[int, list[str]] = {
    1: [
        "não comprem, perdi dinheiro",
        "quebrou no primeiro dia e ninguém responde",
        "péssimo, veio errado e ainda cobraram a devolução",
        "um desastre, metade estragou antes de usar",
        "nunca mais, me senti enganado",
    ],
    2: [
        "deixou a desejar",
        "demorou demais e veio com defeito pequeno",
        "fraco para o preço que cobram",
        "esperava bem mais, só serve para quebrar o galho",
        "tive que reclamar duas vezes até resolver",
    ],
    3: [
        "dá para o gasto",
        "nem bom nem ruim, cumpre o que promete",
        "razoável, há melhores pelo mesmo valor",
        "funcionou, mas a embalagem chegou rasgada",
        "atendeu, sem nada de especial",
    ],
    4: [
        "gostei, só o prazo podia ser menor",
        "bom, recomendo para quem tem pouca área",
        "boa qualidade, o manual é que é confuso",
        "valeu a compra, rendeu quase o que diziam",
        "chegou direitinho e está dando conta",
    ],
    5: [
        "excelente, superou o que eu esperava",
        "nota dez, já encomendei de novo",
        "o melhor que já tive, não troco por outro",
        "impecável, chegou antes do prazo e muito bem embalado",
        "perfeito, a família toda elogiou",
    ],
}
ENDS = [
    "",
    "",
    " Comprei na safra passada.",
    " Uso há três meses.",
    " Sou de Minas.",
    " Foi indicação do vizinho.",
]


def stars(draw: random.Random) -> list[tuple[str, int]]:
    """Returns opinions, and how many stars each gives; some give one more or less than they say."""
    opinions: dict[str, tuple[str, int]] = {}
    while len(opinions) < ROWS:
        given = draw.choices([1, 2, 3, 4, 5], [2, 2, 3, 5, 4])[0]
        near = [star for star in SAID if abs(star - given) <= 1]
        said = draw.choices(near, [3 if star == given else 1 for star in near], k=2)
        first, second = draw.choice(SAID[said[0]]), draw.choice(SAID[given])
        thing = draw.choice(THINGS)
        text = f"{thing[0].upper()}{thing[1:]}: {first}."
        if second != first and draw.random() < 0.6:
            text += f" No fim, {second}."
        # with another end it would be the same opinion once more, and perhaps with another number of stars
        opinions.setdefault(text, (text + draw.choice(ENDS), given))
    return list(opinions.values())


# ---- prices -------------------------------------------------------------------------------------------------

BRANDS = {"Valtra": 1.0, "Massey Ferguson": 0.97, "John Deere": 1.2, "New Holland": 1.05, "Yanmar": 0.85}
STATES = ["MG", "GO", "MT", "PR", "RS", "SP", "BA", "TO"]
KEPT: dict[str, tuple[float, list[str]]] = {
    "bom": (
        1.1,
        [
            "pneus novos e revisão em dia",
            "único dono, sempre guardado em galpão",
            "motor feito há pouco, sem vazamento",
            "cabine com ar gelando, tudo funcionando",
            "revisado na concessionária há um mês",
            "pintura original, estofado sem rasgo",
            "bateria e filtros novos, pega na primeira",
            "tomada de força e hidráulico em perfeito estado",
        ],
    ),
    "regular": (
        0.95,
        [
            "pneus meia-vida, lataria com riscos",
            "usado na lavoura de café, marcas de uso",
            "embreagem boa, banco precisa de capa",
            "pequeno vazamento no hidráulico, trabalha normal",
            "painel sem o contador de horas, o resto anda bem",
            "freio pede ajuste, direção leve",
            "escapamento e faróis trocados por paralelos",
            "dormiu no tempo, mas nunca faltou óleo",
        ],
    ),
    "ruim": (
        0.7,
        [
            "precisa refazer o motor",
            "parado há dois anos, vende no estado",
            "caixa com problema, pneus carecas",
            "sem documento, para reforma ou peças",
            "bloco trincado, leva como está",
            "queimou a embreagem na última safra",
            "falta o radiador e a bomba injetora",
            "fumaça preta e pouca força, sem garantia",
        ],
    ),
}
EXTRAS = [
    "acompanha concha",
    "vai com roçadeira",
    "com lâmina dianteira",
    "arado de três discos junto",
    "com guincho para bags",
    "grade niveladora na negociação",
    "aceito gado na troca",
    "aceito carro de menor valor",
    "entrego num raio de 100 km",
    "ver na fazenda depois das quatro",
    "motivo: troca por maior",
    "só à vista",
]


def tractors(draw: random.Random) -> list[dict[str, str]]:
    """Returns advertisements of used tractors with a price in thousands of reais, written as in Brazil."""
    rows: dict[frozenset[str], dict[str, str]] = {}
    while len(rows) < ROWS:
        brand, state = draw.choice(list(BRANDS)), draw.choice(STATES)
        power, year = draw.choice([50, 65, 75, 85, 95, 110, 125, 145, 180]), draw.randint(1995, 2025)
        hours = round(max(0.2, draw.gauss(1, 0.35)) * 450 * (2026 - year), -1)
        kept = draw.choices(list(KEPT), [4, 4, 2])[0]
        worth, said = KEPT[kept]
        price = 2.1 * power * BRANDS[brand] * worth * 0.955 ** (2026 - year) * draw.lognormvariate(0, 0.08)
        phrases = [*draw.sample(said, 2), draw.choice(EXTRAS)]
        details = [f"{power} cv", f"{hours:,.0f} horas".replace(",", "."), *phrases]
        draw.shuffle(details)
        # with another order or other hours it would be nearly the same advertisement once more
        rows.setdefault(
            frozenset(phrases),
            {
                "estado": state,
                "marca": brand,
                "ano": str(year),
                "titulo": draw.choice(["Vendo trator {}", "Trator {}", "Oportunidade: {}", "{} 4x4"]).format(
                    f"{brand} {year}"
                ),
                "descricao": f"{', '.join(details)}.",
                "preco_mil": f"{price:.1f}".replace(".", ","),
            },
        )
    return list(rows.values())


# ---- questions and answers -----------------------------------------------------------------------------------

LEFT_TO_DO = {"encerrar": AT_THE_OFFICE + ON_THE_FARM, "ligar": AT_THE_OFFICE, "visitar": ON_THE_FARM}
HELLOS = ["", "", "", "Bom dia. ", "Boa tarde! ", "Oi, tudo bem? "]
FAREWELLS = ["", "", "", " Um abraço.", " Estamos à disposição.", " Obrigado pelo contato."]


def questions(draw: random.Random) -> list[dict[str, str]]:
    """Returns questions, the answer that each got, and what is left to do, which neither of the two says alone."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    while len(rows) < ROWS:
        left = list(LEFT_TO_DO)[len(rows) % len(LEFT_TO_DO)]
        question, its_own = draw.choice(LEFT_TO_DO[left])
        answer = draw.choice([its_own, draw.choice(SETTLED)] if left == "encerrar" else PUT_OFF)
        row = {
            "pergunta": draw.choice(HELLOS) + question,
            "resposta": answer + draw.choice(FAREWELLS),
            "rotulo": left,
        }
        # with another greeting it would be the same row once more
        rows.setdefault((question, answer), row)
    shuffled = list(rows.values())
    draw.shuffle(shuffled)
    return shuffled


def write(name: str, rows: Sequence[dict[str, str]], *, delimiter: str = ",") -> None:
    """Writes a table into the folder of the demonstration."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Writes all of them."""
    messages = subjects(random.Random(SEED))
    names = sorted({label for _, labels in messages for label in labels})
    write("assuntos.csv", [{"texto": text, "rotulo": "; ".join(labels)} for text, labels in messages])
    columns = [
        {"texto": text} | {name: str(int(name in labels)) for name in names} for text, labels in messages
    ]
    write("assuntos_colunas.csv", columns)
    opinions = stars(random.Random(SEED))
    write("avaliacoes.csv", [{"texto": text, "estrelas": str(given)} for text, given in opinions])
    write("perguntas.csv", questions(random.Random(SEED)))
    write("tratores.csv", tractors(random.Random(SEED)), delimiter=";")


if __name__ == "__main__":
    main()
