"""That scripts/bench/rule.py finds the rule of measurements that follow one."""

import pytest


@pytest.mark.parametrize("waits", [True, False])
def test_the_rule_of_known_measurements_is_found_again(script, waits):
    bench, shapes = script("bench/rule"), script("bench/shapes")
    true = bench.Rule(0.9 if waits else 0.0, 2e-8, 2.5, 4e-9, 1e-10)
    known = [cell for size in shapes.SHAPES for cell in shapes.cells_of(size, shapes.TOKENS)]
    for cell in known:
        cell["ms"] = true.ms(cell)
        cell["ms_update"] = 0.1 * cell["layers"] + true.per_parameter * cell["parameters"]
    waiting = [cell for cell in known if true.computing(cell) < true.per_layer * cell["layers"]]
    assert bool(waiting) == waits
    found = bench.fit_rule(known)
    for name in bench.Rule.__dataclass_fields__:
        assert getattr(found, name) == pytest.approx(getattr(true, name), rel=1e-6, abs=1e-15)
    assert max(map(abs, bench.errors(found, known))) < 1e-6
