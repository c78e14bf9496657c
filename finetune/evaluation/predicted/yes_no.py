"""Yes and no as people read them in a workbook: in the reader's language, where that is not English. Writes nothing.

Excel itself shows a truth value as VERDADEIRO, which nobody says. Every other kind of file, and a workbook in English,
keeps true and false for programs.
"""

import pandas as pd

from finetune.language.say import say
from finetune.language.which import language


def in_words(answers: pd.DataFrame) -> pd.DataFrame:
    """Returns our columns with words in place of truth values; as they are in English."""
    if language() == "en":
        return answers
    words = {True: say("yes", context="cell"), False: say("no", context="cell")}
    told = {
        name: pd.Series([None if pd.isna(cell) else words[bool(cell)] for cell in column], dtype="str")
        for name, column in answers.items()
        if pd.api.types.is_bool_dtype(column.dtype)
    }
    return answers.assign(**{str(name): column.set_axis(answers.index) for name, column in told.items()})
