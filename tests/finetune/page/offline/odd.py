"""Strings as nobody writes them, and as many do: the same ones each time."""

import random
from unicodedata import category

PIECES = [
    *("boi gordo", "não há pasto", "vaca", "ferrugem asiática", "R$ 1.234,56", "10h30", "e-mail@exemplo.com.br"),
    *("VACINAR O REBANHO", "O CAMINHÃO NÃO CHEGOU", "ÁÉÍÓÚ", "iPhone", "ICMS", "d'água", "guarda-chuva", "n'", "'s", "'ll"),
    *("😀", "👩‍👩‍👧", "🇧🇷", "👍🏽", "\ud83d", "\ude00", "\0", "\x07", "\x0b", "\x1c", "\x7f", "\x85", "\ufffd"),
    *("e\u0301", "c\u0327a\u0303o", "n\u0303\u0303", "\u0301", "a\u0345\u0301", "q\u0307\u0323", "ﬁ", "½", "Ⅷ", "㎏", "ｆｕｌｌ"),
    *("\u00a0", "\u2003", "\u200b", "\ufeff", "\u00ad", "\u2028", "\u3000", "\u202e", "\u1680", "\t", "\n", "\r\n", "   "),
    *("مرحبا بالعالم", "٣٤٥", "שלום", "你好世界", "こんにちは", "𠮷野家", "한국어", "ภาษาไทย", "हिन्दी", "Ελληνικός ΣΑΣ", "Привет", "İstanbul"),
    *("nÃ£o", "vocÃª", "â€œaspasâ€\u009d", "n茫o", "&atilde;&nbsp;", "Ã§Ã£o"),
    *("<s>", "</s>", "<unk>", "<mask>", "<pad>", "[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]", "##s", "▁", "▁▁de", "Ġ", "<|endoftext|>"),
    *(".", "...", "?!", "—", "“”", "«»", "(a)", "[b]", "{c}", "$&", "$1", "\\n", "_", "__init__", "#", "@", "§", "…", "·", "،", "。"),
    *("x" * 90, "x" * 101, "0" * 40, "ã" * 60, "supercalifragilistico" * 9, "=" * 30, "-" * 80),
]  # fmt: skip

ANYWHERE = [chr(code) for code in range(1, 0x10000) if category(chr(code)) not in ("Cn", "Cs")]
"""Signs that Unicode has for some years: of later ones each library knows others."""


def odd_strings(count: int, seed: int = 0) -> list[str]:
    """Returns strings put together of all of these, and of signs from anywhere."""
    choice = random.Random(seed)
    return ["", " ", *(_odd(choice) for _ in range(count - 2))]


def _odd(choice: random.Random) -> str:
    parts = []
    for _ in range(choice.randint(1, 7)):
        kind = choice.random()
        if kind < 0.75:
            parts.append(choice.choice(PIECES))
        elif kind < 0.9:
            parts.append("".join(chr(choice.randint(32, 0x24F)) for _ in range(choice.randint(1, 8))))
        else:
            parts.append("".join(choice.choices(ANYWHERE, k=choice.randint(1, 3))))
    return choice.choice(["", " ", "  "]).join(parts)
