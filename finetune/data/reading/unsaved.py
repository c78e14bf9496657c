"""What stands for the value of a formula that no program has computed yet."""

import math


class Unsaved(float):
    """The missing value of a formula that no program has computed yet."""


UNSAVED = Unsaved(math.nan)
