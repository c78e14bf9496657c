"""What the worker of a page says of tables, by the name that its script knows it by. Reads no table."""

from finetune.language.say import say


def of_tables() -> dict[str, str]:
    """Returns the sentences, with gaps as `{name}` that the script fills."""
    return {**_of_columns(), **_of_text_tables(), **_of_workbooks(), **_of_answering()}


def _of_columns() -> dict[str, str]:
    return {
        "needs_column": say(
            "{path}: the model reads the column {columns}. Give the column of your texts this name, and open the table "
            "again. Now its columns are {names}."
        ),
        "needs_columns": say(
            "{path}: the model reads the columns {columns}. Give the columns of your texts these names, and open the "
            "table again. Now its columns are {names}."
        ),
        "twins": say(
            "{path}: the columns {names} stand more than once in the header: give each its own name."
        ),
        "too_many_columns": say("{path}: {n} columns are more than any table has (at most {most})."),
        "only_header": say("{path}: there is only a header ({names}), and no rows."),
        "only_blanks": say("{path}: the file holds only blanks."),
    }


def _of_text_tables() -> dict[str, str]:
    return {
        "file_empty": say("{path}: the file is empty."),
        "is_workbook": say("{path}: this is a workbook or a zip file: give its name the ending .xlsx."),
        "wrong_encoding": say(
            '{path}: the file begins as {name}, but line {line} is not: save it as "CSV UTF-8" again.'
        ),
        "mostly_utf8": say(
            "{path}: most of it is UTF-8, but line {line} is not. Were two files joined, or one cut short? Mend that "
            'line, or save the file as "CSV UTF-8".'
        ),
        "nul": say("{path}: a NUL byte in line {line}: this is no table of texts, or it is damaged."),
        "not_utf8": say("{path}: the file is not UTF-8, and was read as {name}."),
        "line_above": say("{path}: {n} line above the header is left out."),
        "lines_above": say("{path}: {n} lines above the header are left out."),
        "no_quotes": say("{path}: quotes are taken as ordinary characters, for no cell is quoted."),
        "stray_quote": say(
            "{path}: a quote opened in line {line} is not closed where its cell ends: write a quote inside a quoted "
            'text twice (""), or delete it.'
        ),
        "too_wide": say(
            "{path}: line {line} has {cells} cells, the header has {width} ({names}): put a text that holds "
            '"{mark}" in double quotes.'
        ),
        "no_json": say("{path}: line {line} is not JSON: write one object a line."),
        "no_object": say("{path}: line {line} is JSON, but no object: write one object a line."),
        "no_single_value": say(
            "{path}: line {line} has a list or an object where a text should stand: give each row one value."
        ),
    }


def _of_workbooks() -> dict[str, str]:
    return {
        "broken_workbook": say(
            "{path}: this is no Excel .xlsx file, it is broken, or locked by a password. Save it again, or copy the "
            "column of the texts and paste it here."
        ),
        "no_unpacking": say(
            "{path}: this browser is too old to open a workbook. Save it as .csv, or copy the column of the texts and "
            "paste it here."
        ),
        "no_sheet": say("{path}: no visible sheet of the workbook has a row."),
        "sheet_read": say('{path}: the sheet "{title}" is read.'),
        "beyond_header": say(
            "{path}: line {line} has cells to the right of the header's columns ({names}): name these or delete them."
        ),
        "unpacked_too_large": say("{path}: the workbook is too large once it is unpacked: divide it."),
    }


def _of_answering() -> dict[str, str]:
    return {
        "first_line": say(
            '{path}: "{name}" is taken for the name of the column. If it is a text, put a name above it, and open the '
            "table again."
        ),
        "as_csv": say("The workbook comes back as a .csv file, which Excel opens."),
        "too_many_cells": say("{path}: the table has more than {most} cells: divide it."),
        "table_failed": say("The table cannot be answered: save it again, as .csv or .xlsx."),
        "suffix": say("The name of the table has to end in one of {suffixes}."),
        "no_table": say("This page no longer has that table. Open it again."),
        "not_done": say("The table is not answered yet."),
    }
