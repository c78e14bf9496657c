"""What a network has to share with the tokenizer whose numbers it reads: a row for each, and the padding."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from finetune.errors import ModelError
from finetune.model.left_to_right import reads_to_the_right


def suit(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, model: str) -> None:
    """Refuses numbers that a network has nothing for, and tells it which stands for no text.

    Networks that read from left to right look for the last token of a text by that, and refuse batches without it. A
    padding that was added to the tokenizer gets a row of its own.

    Args:
        network: What reads.
        tokenizer: What makes the numbers.
        model: What the model is called.

    Raises:
        ModelError: if the tokenizer has more pieces than the network.
    """
    known = rows_of(network)
    pieces = 1 + max(tokenizer.get_vocab().values())
    if known is not None and pieces == known + 1 and tokenizer.pad_token_id == known:
        grow(network, pieces)
    elif known is not None and pieces > known:
        raise ModelError(
            "the tokenizer {tokenizer} has {pieces:,} pieces of words and the model {model} knows {known:,}: they are "
            "not of the same model. Leave --data.tokenizer away, and the model's own is taken; if that is its own, get "
            "the folder anew.",
            tokenizer=tokenizer.name_or_path,
            pieces=pieces,
            model=model,
            known=known,
        )
    share_padding(network, tokenizer.pad_token_id)


def suit_as(network: PreTrainedModel, other: PreTrainedModel) -> None:
    """Makes a network that was opened anew suit the tokenizer that another one of the same folder was made to suit."""
    rows = rows_of(other)
    if rows is not None:
        grow(network, rows)
    share_padding(network, other.config.get_text_config().pad_token_id)


def suit_saved(network: PreTrainedModel, weights: Mapping[str, Tensor], *, prefix: str = "") -> None:
    """Makes a network suit weights that were saved with a padding of its own, where no tokenizer is at hand.

    Args:
        network: Opened anew.
        weights: By the names that its parameters have in it, behind the prefix.
        prefix: Of these names.
    """
    embeddings = network.get_input_embeddings()
    name = next((name for name, module in network.named_modules() if module is embeddings), "")
    saved = weights.get(f"{prefix}{name}.weight")
    suit_rows(network, None if saved is None else len(saved))


def suit_rows(network: PreTrainedModel, rows: int | None) -> None:
    """Makes a network suit a tokenizer of so many pieces, of which the last may be a padding of its own."""
    known = rows_of(network)
    if known is not None and rows == known + 1:
        grow(network, rows)
        share_padding(network, known)


def rows_of(network: PreTrainedModel) -> int | None:
    """Returns of how many pieces a network knows something; None where it does not say."""
    rows = getattr(network.get_input_embeddings(), "num_embeddings", None)
    return rows if rows is None else int(rows)


@torch.no_grad()
def grow(network: PreTrainedModel, rows: int) -> None:
    """Gives the word embeddings rows of zeros up to a number: nothing that counts reads what stands for no text.

    Not drawn, as transformers' own: two networks of one folder are the same, whatever the seed.
    """
    embeddings = network.get_input_embeddings()
    assert isinstance(embeddings, nn.Embedding)
    more = rows - embeddings.num_embeddings
    if more <= 0:
        return
    weight = embeddings.weight
    added = weight.new_zeros(more, embeddings.embedding_dim)
    embeddings.weight = nn.Parameter(torch.cat([weight, added]), requires_grad=weight.requires_grad)
    embeddings.num_embeddings = rows
    network.config.get_text_config().vocab_size = rows


def share_padding(network: PreTrainedModel, padding: int | None) -> None:
    """Tells a network which number stands for no text, where its configuration does not say it.

    One that reads from left to right is told in any case: it would answer by the padding of a batch, were it another.
    """
    config = network.config.get_text_config()
    if getattr(config, "pad_token_id", None) is None or (padding is not None and reads_to_the_right(network)):
        config.pad_token_id = padding
