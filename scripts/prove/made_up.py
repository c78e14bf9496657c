"""A made-up table, and a tiny model of its words, which learns it in seconds. Trains nothing."""

import random
from pathlib import Path

WORDS = {
    "Pecuária": "boi vaca bezerro gado leite pasto pastagem rebanho",
    "Clima": "chuva seca geada clima calor frio granizo estiagem",
    "Preços": "preço mercado cotação dólar saca alta queda barato",
}
OTHER_WORDS = ["a", "o", "e", "de", "em", "no", "na", "um", "com", "por", "para", "hoje", "ontem", "semana"]


def write_table(path: Path, rows: int = 240) -> None:
    """Writes a table of which a model learns most, and not all: every eighth label is another one."""
    choice = random.Random(0)
    lines = ["texto;rotulo"]
    for number in range(rows):
        label = list(WORDS)[number % 3]
        words = choice.choices(WORDS[label].split(), k=choice.randint(1, 4))
        words += choice.choices(OTHER_WORDS, k=choice.randint(1, 25))
        choice.shuffle(words)
        lines.append(f"{' '.join(words)};{choice.choice(list(WORDS)) if number % 8 == 0 else label}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_tiny_model(folder: Path, *, layers: int = 2) -> None:
    """Writes a random BERT (32 wide, dropout 0.1) with a tokenizer of the table's words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    words = [*OTHER_WORDS, *(word for each in WORDS.values() for word in each.split())]
    pieces = list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    BertTokenizer(vocab=vocabulary, do_lower_case=False, model_max_length=64).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.1,
    )
    BertModel(config).save_pretrained(folder)
