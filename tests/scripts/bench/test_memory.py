"""That scripts/bench/memory.py measures what it predicts, with a tiny model."""

import pytest


def test_the_memory_benchmark_prints_predicted_beside_measured(script, tiny_model, capsys, monkeypatch):
    from finetune import TextClassifier

    bench = script("bench/memory")
    make_batch = bench.batch_of

    def tiny():
        model = TextClassifier(str(tiny_model), labels=bench.LABELS)
        model.configure_model()
        return model

    def within_the_vocabulary(rows, tokens):
        batch = make_batch(rows, tokens)
        return batch | {"input_ids": batch["input_ids"] % 50}

    def with_adapters():
        return bench.adapted(tiny(), bench.Lora(base="bfloat16"))

    monkeypatch.setattr(bench, "MODELS", {"tiny": tiny, "tiny, LoRA": with_adapters})
    monkeypatch.setattr(bench, "SHAPES", [(2, 16)])
    monkeypatch.setattr(bench, "batch_of", within_the_vocabulary)
    bench.main()
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()]
    assert [row[3].strip() for row in rows[2:]] == 2 * ["32-true", "bf16-mixed"]
    for row in rows[2:]:
        assert float(row[4]) == pytest.approx(float(row[5]), rel=0.1, abs=0.002)
    bench.main("LoRA")
    assert capsys.readouterr().out.count("| tiny, LoRA |") == 2
