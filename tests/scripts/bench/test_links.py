"""That scripts/bench/links.py counts what is exchanged as a ring does."""

import pytest


def test_the_exchange_is_that_of_a_ring(script):
    links = script("bench/links")
    pcie = next(link for link in links.LINKS if link.name == "PCIe 4 x16")
    assert links.exchange_ms(8_000_000_000, pcie) == pytest.approx(2 * 7 / 8 * 32e9 / 32e9 * 1000)
    assert links.exchange_ms(1_000_000, pcie, gpus=2) == pytest.approx(4e6 / 32e9 * 1000)
    assert links.fsdp_ms(1_000_000, 0, pcie) == pytest.approx(1.5 * links.exchange_ms(1_000_000, pcie))
