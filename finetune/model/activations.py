"""How a network computes its activations: kept or anew in the backward pass, by our kernels or by a card's."""

from transformers import PreTrainedModel

from finetune.model.faster.attention import use_torch_attention
from finetune.model.faster.dropout import restore_dropout


def checkpoint_activations(network: PreTrainedModel, on: bool) -> None:
    """Has activations computed anew in the backward pass, or kept: memory against time, the same result."""
    if on:
        if getattr(network.config, "use_cache", False):
            # of use for generating alone, and transformers would say so
            network.config.use_cache = False
        network.activation_checkpointing_enable()
        # it makes embeddings ask for gradients, for a kind of checkpoint that is not used here
        network.disable_input_require_grads()  # type: ignore[no-untyped-call]
    elif network.is_activation_checkpointing:
        network.activation_checkpointing_disable()  # type: ignore[no-untyped-call]


def use_card_kernels(network: PreTrainedModel) -> None:
    """Has the network compute as on a GPU, wherever its weights lie: for what counts the memory there."""
    use_torch_attention(network)
    restore_dropout(network)
