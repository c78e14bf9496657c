"""How much a fit takes on: the words for it, as they stand in `config.yaml`. Fits nothing."""

QUICK, GOOD, BEST = "quick", "good", "best"
"""The network as its head was started; one training; the best of several ways, by cross-validation."""
