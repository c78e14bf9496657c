"""What fills a batch up to one length, where a tokenizer does not say it: those that write need none. Pads nothing."""

from transformers import PreTrainedTokenizerBase

PADDINGS = ("<|finetune_right_pad_id|>", "<pad>", "[PAD]", "<|pad|>", "<|padding|>", "<PAD>")
"""What models keep for that without saying so, Llama 3 the first; the one that is added where there is none of them.

Not the end of a text, which many take for it: one that stands in a text would then be looked over.
"""

ADDED = "<pad>"


def give_padding(tokenizer: PreTrainedTokenizerBase) -> str:
    """Gives a tokenizer without padding what its model keeps for that, or a piece of its own behind all others.

    Returns:
        The piece.
    """
    pieces = tokenizer.get_vocab()
    padding = next((piece for piece in PADDINGS if piece in pieces), ADDED)
    tokenizer.add_special_tokens({"pad_token": padding})
    return padding
