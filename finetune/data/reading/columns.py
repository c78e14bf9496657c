"""What a column's name says: text or label, and how surely; the names in a header. Looks at no row."""

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import count, dropwhile
from typing import Literal

from finetune.data.reading.invisible import as_seen
from finetune.data.reading.limits import refuse_too_many_columns
from finetune.errors import DataError
from finetune.language.lists import quoted

# fmt: off
TEXT_NAMES = frozenset(
    {
        "texto", "text", "textos", "texts", "sentence", "sentenca", "frase", "frases", "mensagem",
        "message", "comentario", "comment", "conteudo", "content", "tweet", "review", "resenha",
        "descricao", "description", "pergunta", "question", "documento", "document", "utterance", "relato",
    }
)
PLAIN_NAMES = frozenset({"texto", "text", "textos", "texts"})
LABEL_NAMES = frozenset(
    {
        "rotulo", "rotulos", "label", "labels", "classe", "class", "categoria", "category", "target",
        "alvo", "intent", "intencao", "etiqueta",
    }
)
LIKELY_TEXTS = frozenset(
    {
        "reclamacao", "reclamacoes", "solicitacao", "solicitacoes", "manifestacao", "manifestacoes", "ocorrencia",
        "ocorrencias", "corpo", "duvida", "duvidas", "sugestao", "sugestoes", "opiniao", "opinioes", "depoimento",
        "depoimentos", "noticia", "noticias", "feedback", "mensagens", "messages", "comentarios", "comments",
        "perguntas", "questions", "relatos", "descricoes", "resenhas", "reviews", "sentences", "sentencas", "tweets",
    }
)
TEXTS_BESIDE = frozenset(
    {
        "observacao", "observacoes", "obs", "detalhe", "detalhes", "detalhamento", "historico", "anotacao", "anotacoes",
        "resposta", "respostas", "titulo", "titulos",
    }
)
"""What stands beside another text as often as alone."""
LIKELY_LABELS = frozenset(
    {
        "assunto", "assuntos", "tema", "temas", "topico", "topicos", "topic", "motivo", "motivos", "tipo", "tipos",
        "setor", "setores", "area", "areas", "natureza", "departamento", "departamentos", "grupo", "grupos",
        "sentimento", "sentimentos", "sentiment", "emocao", "polaridade", "classificacao", "classes", "categorias",
    }
)
OF_ANOTHER_KIND = frozenset(
    {
        "id", "ids", "codigo", "cod", "code", "numero", "num", "n", "no", "protocolo", "data", "date", "hora",
        "tamanho", "comprimento", "length", "len",
    }
)
"""How a name ends that only begins as that of a text or label: `text_id`, `data_length`."""
# fmt: on

Kind = Literal["text", "label"]

NO, PERHAPS, LIKELY, SURE = range(4)
"""How surely a name says what its column holds."""


def fold(name: str) -> str:
    """A name without case, accents and outer blanks; what is no letter or digit becomes one underscore."""
    plain = unicodedata.normalize("NFKD", as_seen(name).strip().casefold())
    return re.sub(r"[\W_]+", "_", "".join(mark for mark in plain if not unicodedata.combining(mark)))


def known(name: str) -> bool:
    """Whether a column's name says that it holds the text or the label."""
    return fold(name) in TEXT_NAMES | LABEL_NAMES


def how_surely(name: str, kind: Kind) -> int:
    """How surely a name says that its column holds the text, or the label.

    Sure are the names that mean nothing else. Likely are those that mostly do, and what begins with a sure one, such as
    "Pergunta do cooperado"; perhaps, what begins with a likely one or mostly stands beside another text.
    """
    sure, likely = (TEXT_NAMES, LIKELY_TEXTS) if kind == "text" else (LABEL_NAMES, LIKELY_LABELS)
    if fold(name) in sure:
        return SURE
    words = list(dropwhile(str.isdecimal, (word for word in fold(name).split("_") if word)))  # "1. Texto"
    if not words or (len(words) > 1 and words[-1] in OF_ANOTHER_KIND):
        return NO
    if words[0] in sure or (words[0] in likely and len(words) == 1):
        return LIKELY
    return PERHAPS if words[0] in likely or (kind == "text" and words[0] in TEXTS_BESIDE) else NO


def refuse_twins(names: Sequence[Hashable], source: str) -> None:
    """Refuses a header that has the same name twice."""
    twins = [str(name) for name, times in Counter(names).items() if times > 1]
    if twins:
        raise DataError(
            "{source}: the column {twins} stands more than once in the header ({names}): rename or delete one",
            "{source}: the columns {twins} stand more than once in the header ({names}): rename or delete some",
            n=len(twins),
            source=source,
            twins=quoted(twins),
            names=quoted(names),
        )


def header_names(cells: Sequence[str], source: str) -> list[str]:
    """The names in a header line: blanks to its right are no columns, one between names is "column 2" if none is."""
    cells = list(cells)
    while cells and not cells[-1].strip():
        cells.pop()
    refuse_too_many_columns(source, cells)
    refuse_twins([cell for cell in cells if cell.strip()], source)
    return [cell if cell.strip() else _free(f"column {place}", cells) for place, cell in enumerate(cells, 1)]


def _free(name: str, taken: Sequence[str]) -> str:
    """A name that none of those taken looks like."""
    folded = {fold(each) for each in taken}
    numbered = (f"{name} ({number})" for number in count(2))
    return name if fold(name) not in folded else next(each for each in numbered if fold(each) not in folded)


NOT, WEAKLY, WELL, BEST = range(4)
"""How well a header has the columns of a table."""


def has_columns(
    names: Sequence[str], *, text_column: str | None, label_column: str | None, need_labels: bool
) -> int:
    """How well a header has the columns of a table: those that the user named, or some that are known by name.

    Best where a text column has the user's name or plainly that of one: a "descrição" is often of something else.
    Weakly where the name of one that is needed leaves a doubt.
    """
    text, sure = _in_header(names, "text", text_column)
    label, sure_label = _in_header(names, "label", label_column)
    if not text or (need_labels and all(name in text for name in label)):
        return NOT
    if not sure or (need_labels and not sure_label):
        return WEAKLY
    return BEST if text_column is not None or any(fold(name) in PLAIN_NAMES for name in text) else WELL


def _in_header(names: Sequence[str], kind: Kind, wanted: str | None) -> tuple[list[str], bool]:
    """The columns that may be of a kind, the surest of them; and whether there is no doubt."""
    if wanted is not None:
        return matches(list(names), wanted), True
    surely = {name: how_surely(name, kind) for name in names}
    most = max(surely.values(), default=NO)
    return [name for name in names if most > NO and surely[name] == most], most == SURE


def matches(names: list[str], wanted: str) -> list[str]:
    """The columns that a name given by the user may mean: that very one, else those that differ in form."""
    return [wanted] if wanted in names else [name for name in names if fold(name) == fold(wanted)]


def unnamed(cells: Sequence[str], names: Sequence[str]) -> frozenset[str]:
    """The names that `header_names` gave to columns without one."""
    return frozenset(name for name, cell in zip(names, cells, strict=False) if not cell.strip())
