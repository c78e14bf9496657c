"""What scripts/bench/train.py makes of its measurements. Nothing is timed here."""


def test_the_training_benchmark_compares_pair_by_pair_and_with_the_limit(script, capsys):
    ours = {
        "seconds": 10.0,
        "epochs": 2,
        "tokens": 500,
        "parameters": 1000,
        "precision": "bf16-mixed",
        "limit": 2e6,
    }
    common = {"f1_macro": 0.5, "peak_gib": 1.0, "whole": 20.0}
    found = {
        "A": [
            {**ours, **common, "speed": speed, "curve": curve}
            for speed, curve in ((30.0, [(4.0, 0.6), (8.0, 0.7)]), (40.0, [(4.0, 0.6), (8.0, 0.61)]))
        ],
        "B": [
            {**common, "speed": speed, "seconds": 20.0, "curve": [(6.0, 0.7), (12.0, 0.6), (20.0, 0.65)]}
            for speed in (20.0, 10.0)
        ],
    }
    script("bench/train").report(found)
    shown = capsys.readouterr().out
    assert "| 1 | 0.650 | 20.0 | 6.0 | 8.0 | 2.50 |" in shown
    assert "| 2 | 0.650 | 20.0 | 6.0 | never |  |" in shown
    assert "B/A: median 1.25; never reached, which counts as 0, in 1 of 2 pairs" in shown
    assert "| A | 30.0 / 35.0 / 40.0 | 0.500 / 0.500 / 0.500 |" in shown
    assert "samples/s, A/B: 1.50, 4.00; median 2.75" in shown
    # 6 x 1000 parameters x 500 tokens x 2 epochs in 10 seconds, of 2 million a second
    assert "which is 30.0 / 30.0 / 30.0 %" in shown
