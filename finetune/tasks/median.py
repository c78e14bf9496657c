"""Where the median of probabilities lies: said once, for those who ask with torch and those who ask without."""

HALF = 0.5 - 1e-9
"""What the probabilities up to the median add up to at least; of two classes just alike the lower one is answered."""
