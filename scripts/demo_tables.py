"""Makes the demonstration tables of other kinds of labels, in finetune/data/demo: the same bytes each time.

    python scripts/demo_tables.py

`assuntos.csv` and `assuntos_colunas.csv` put sentences of `agro.csv` together; `avaliacoes.csv` and `tratores.csv` are
put together from phrases. What is in them is invented.
"""

import csv
import random
from collections.abc import Sequence
from pathlib import Path

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
    opinions = []
    for _ in range(ROWS):
        given = draw.choices([1, 2, 3, 4, 5], [2, 2, 3, 5, 4])[0]
        near = [star for star in SAID if abs(star - given) <= 1]
        said = draw.choices(near, [3 if star == given else 1 for star in near], k=2)
        first, second = draw.choice(SAID[said[0]]), draw.choice(SAID[given])
        thing = draw.choice(THINGS)
        text = f"{thing[0].upper()}{thing[1:]}: {first}."
        if second != first and draw.random() < 0.6:
            text += f" No fim, {second}."
        opinions.append((text + draw.choice(ENDS), given))
    return opinions


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
        ],
    ),
    "regular": (
        0.95,
        [
            "pneus meia-vida, lataria com riscos",
            "usado na lavoura de café, marcas de uso",
            "embreagem boa, banco precisa de capa",
            "pequeno vazamento no hidráulico, trabalha normal",
        ],
    ),
    "ruim": (
        0.7,
        [
            "precisa refazer o motor",
            "parado há dois anos, vende no estado",
            "caixa com problema, pneus carecas",
            "sem documento, para reforma ou peças",
        ],
    ),
}


def tractors(draw: random.Random) -> list[dict[str, str]]:
    """Returns advertisements of used tractors with a price in thousands of reais, written as in Brazil."""
    rows = []
    for _ in range(ROWS):
        brand, state = draw.choice(list(BRANDS)), draw.choice(STATES)
        power, year = draw.choice([50, 65, 75, 85, 95, 110, 125, 145, 180]), draw.randint(1995, 2025)
        hours = round(max(0.2, draw.gauss(1, 0.35)) * 450 * (2026 - year), -1)
        kept = draw.choices(list(KEPT), [4, 4, 2])[0]
        worth, said = KEPT[kept]
        price = 2.1 * power * BRANDS[brand] * worth * 0.955 ** (2026 - year) * draw.lognormvariate(0, 0.08)
        details = [f"{power} cv", f"{hours:,.0f} horas".replace(",", "."), *draw.sample(said, 2)]
        draw.shuffle(details)
        rows.append(
            {
                "estado": state,
                "marca": brand,
                "ano": str(year),
                "titulo": draw.choice(["Vendo trator {}", "Trator {}", "Oportunidade: {}", "{} 4x4"]).format(
                    f"{brand} {year}"
                ),
                "descricao": f"{', '.join(details)}.",
                "preco_mil": f"{price:.1f}".replace(".", ","),
            }
        )
    return rows


# ---- questions and answers -----------------------------------------------------------------------------------

TOPICS: list[tuple[list[str], list[str]]] = [
    (
        ["Quando devo vacinar as bezerras contra brucelose?", "Qual a idade certa da vacina de brucelose?"],
        [
            "Entre três e oito meses, só fêmeas, com veterinário cadastrado.",
            "Até os oito meses de vida da fêmea.",
        ],
    ),
    (
        ["Como tirar a segunda via do boleto do adubo?", "Perdi o boleto, onde pego outro?"],
        [
            "No portal do associado, em financeiro, segunda via.",
            "A tesouraria manda por e-mail no mesmo dia.",
        ],
    ),
    (
        ["Que espaçamento uso no milho silagem?", "Qual a distância entre linhas do milho para silo?"],
        [
            "Meio metro entre linhas fecha bem e ajuda na colheita.",
            "De 45 a 50 centímetros costuma dar certo.",
        ],
    ),
    (
        ["A cooperativa busca o leite no domingo?", "O caminhão do leite passa em feriado?"],
        ["A coleta é dia sim, dia não, sem parar nos feriados.", "Passa também aos domingos, antes das dez."],
    ),
    (
        ["Quanto tempo o pulverizado fica sem poder colher?", "Qual a carência do inseticida no tomate?"],
        [
            "Sete dias da aplicação até a colheita, veja a bula.",
            "A bula traz o intervalo de segurança: uma semana.",
        ],
    ),
    (
        ["Preciso de licença para furar um poço?", "Poço artesiano precisa de autorização?"],
        ["É preciso pedir a outorga no órgão de águas do estado.", "Sim, com a outorga antes da perfuração."],
    ),
    (
        ["Como calibrar a plantadeira de soja?", "A plantadeira está falhando, como regulo?"],
        [
            "Conte as sementes em dez metros e troque a engrenagem.",
            "Veja disco, vácuo e a tabela de engrenagens.",
        ],
    ),
    (
        ["Vocês fazem seguro da lavoura de trigo?", "Dá para segurar o trigo contra geada?"],
        [
            "A apólice cobre geada e granizo, contratada antes do plantio.",
            "Sim, o seguro é pelo corretor da agência.",
        ],
    ),
    (
        ["O que é bom para carrapato no gado de leite?", "Carrapato demais nas vacas, o que aplico?"],
        [
            "Faça o teste de resistência e use o produto indicado.",
            "Banho certo, dose pelo peso, e repetir em 21 dias.",
        ],
    ),
    (
        ["Onde entrego as embalagens vazias de defensivo?", "Posso queimar as embalagens de veneno?"],
        [
            "Leve lavadas e furadas ao posto de recebimento.",
            "Queimar é proibido: a central recebe com agendamento.",
        ],
    ),
    (
        ["Qual o preço mínimo do feijão este ano?", "A quanto o governo compra o feijão?"],
        ["O valor por saca sai na portaria da safra.", "Depende do tipo: a tabela oficial traz cada saca."],
    ),
    (
        ["Como faço a inscrição no curso de tratorista?", "Ainda há vaga no curso de operar trator?"],
        [
            "Pelo sindicato rural, com documento e foto, turmas de doze.",
            "Há lista de espera; leve a carteira ao sindicato.",
        ],
    ),
]


def questions(draw: random.Random) -> list[dict[str, str]]:
    """Returns questions, each with an answer that belongs to it or to another one."""
    rows: list[dict[str, str]] = []
    while len(rows) < ROWS:
        topic = draw.randrange(len(TOPICS))
        fits = draw.random() < 0.5
        other = topic if fits else draw.choice([each for each in range(len(TOPICS)) if each != topic])
        hello = draw.choice(["", "", "Bom dia. ", "Boa tarde, "])
        question, answer = draw.choice(TOPICS[topic][0]), draw.choice(TOPICS[other][1])
        end = draw.choice(["", "", " Qualquer dúvida, ligue.", " Um abraço."])
        label = "responde" if fits else "não responde"
        row = {"pergunta": hello + question, "resposta": answer + end, "rotulo": label}
        rows += [row] if row not in rows else []
    return rows


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
