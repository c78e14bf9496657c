"""What a model is asked before and after: read as it reads."""

from types import SimpleNamespace

from finetune.commands.adapt.look import some_texts


def test_examples_are_read_as_the_model_reads_them():
    def data(lower_capitals):
        return SimpleNamespace(
            parts={"validation": [0, 1]},
            texts=lambda part, places: ["FERRUGEM NA SOJA", "O ICMS da soja subiu hoje"],
            lower_capitals=lower_capitals,
        )

    assert some_texts(data(lower_capitals=True)) == ["ferrugem na soja", "O ICMS da soja subiu hoje"]
    assert some_texts(data(lower_capitals=False))[0] == "FERRUGEM NA SOJA"
