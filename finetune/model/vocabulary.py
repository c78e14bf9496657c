"""What a network has to share with the tokenizer whose numbers it reads: a row for each, and the padding."""

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from finetune.errors import ModelError


def suit(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, model: str) -> None:
    """Refuses numbers that a network has nothing for, and tells it which stands for no text where it does not know.

    Networks that read from left to right look for the last token of a text by that, and refuse batches without it.

    Args:
        network: What reads.
        tokenizer: What makes the numbers.
        model: What the model is called.

    Raises:
        ModelError: if the tokenizer has more pieces than the network.
    """
    known = getattr(network.get_input_embeddings(), "num_embeddings", None)
    pieces = 1 + max(tokenizer.get_vocab().values())
    if known is not None and pieces > known:
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


def share_padding(network: PreTrainedModel, padding: int | None) -> None:
    """Tells a network which number stands for no text, where its configuration does not say it."""
    config = network.config.get_text_config()
    if getattr(config, "pad_token_id", None) is None:
        config.pad_token_id = padding
