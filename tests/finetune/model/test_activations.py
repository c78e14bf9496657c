from callbacks.hardware.memory_estimate import estimate_training
from callbacks.hardware.precision import precision_plugin
from finetune.model.classifier import TextClassifier
from tests.finetune.model.test_classifier import LABELS, assert_equal, classifier, some_batch, without_dropout


def test_activations_computed_anew_give_the_same_gradients_from_less_memory(tiny_model):
    module = without_dropout(classifier(tiny_model))
    plugin = precision_plugin("32-true", "cpu")
    found = {}
    for on in (False, True, False):
        module.checkpoint_activations(on)
        assert module.network.is_activation_checkpointing is on
        module.zero_grad()
        module.training_loss(some_batch()).backward()
        found[on] = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    assert module.can_checkpoint_activations
    assert_equal([found[True]], [found[False]])
    kept, anew = (
        estimate_training(module, some_batch(), plugin, accumulates=False, checkpointing=on).peak_bytes
        for on in (False, True)
    )
    assert anew < 0.8 * kept


def test_frozen_embeddings_stay_without_gradients_where_activations_are_computed_anew(tiny_model):
    module = TextClassifier(str(tiny_model), labels=LABELS)
    module.configure_model()
    module.checkpoint_activations(True)
    module.training_loss(some_batch()).backward()
    assert module.network.get_input_embeddings().weight.grad is None
    assert module.network.classifier.weight.grad is not None


def test_the_memory_on_a_card_is_that_of_its_kernels(tiny_model):
    """Neither our attention nor our dropout is counted there; the module itself stays as it is."""
    module = classifier(tiny_model)
    module.configure_model()
    plugin = precision_plugin("bf16-mixed", "cpu")
    here, there = (
        estimate_training(module, some_batch(), plugin, accumulates=False, card=card).activations_bytes
        for card in (False, True)
    )
    shares = 2 * 12 * 2 * some_batch()["input_ids"].shape[1] ** 2  # rows, heads, T x T, two layers alike
    assert here > there + shares
    assert module.network.config._attn_implementation == "short_attention"
