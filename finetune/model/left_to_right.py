"""Networks that read from left to right, as those that write do: which they are, and that they keep no cache.

They answer by the last token of a text, which they find as the last one that is not padding: see `vocabulary`.
"""

from transformers import PreTrainedModel


def reads_to_the_right(network: PreTrainedModel) -> bool:
    """Returns whether a token sees only those before it."""
    return any(getattr(module, "is_causal", False) is True for module in network.modules())


def keep_no_cache(network: PreTrainedModel) -> None:
    """Has a network keep no keys and values of what it has read: of use to write on, and memory for nothing here."""
    if reads_to_the_right(network):
        network.config.get_text_config().use_cache = False
