"""A Parquet file into a DataFrame. Knows nothing of which column is the text."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from finetune.data.reading.columns import refuse_twins
from finetune.data.reading.dialect import Dialect
from finetune.data.reading.opening import compressed, opened
from finetune.errors import DataError


def read_parquet(path: Path) -> tuple[pd.DataFrame, Dialect]:
    """Reads a Parquet file; where the Hugging Face library wrote names for numbered classes, these are used.

    Raises:
        DataError: The file is no Parquet, or broken.
    """
    try:
        table, class_names = _table(path)
    except (pa.ArrowException, ValueError, OSError) as error:
        if getattr(error, "errno", None):  # the disk's complaint, not pyarrow's, which has no number
            raise
        raise DataError(
            "{path}: not a Parquet file, or a broken one (pyarrow said: {text}): copy or export it again",
            path=path,
            text=str(error),
        ) from error
    frame = table.to_pandas(integer_object_nulls=True)
    for name, names in class_names.items():
        frame[name] = named(frame[name], names)
    return frame, Dialect(suffix=".parquet", compressed=compressed(path), unit="row")


def _table(path: Path) -> tuple[pa.Table, dict[str, list[str]]]:
    """The table, checked to its last byte and without pandas' notes in it, and the names of its classes."""
    with opened(path) as stream:
        file = pq.ParquetFile(pa.BufferReader(stream.read()) if compressed(path) else stream)
        refuse_twins(file.schema_arrow.names, str(path))
        table = file.read()
    table.validate(full=True)
    return table.replace_schema_metadata(None), _class_names(table.schema)


def named(codes: "pd.Series[int]", names: list[str]) -> "pd.Series[str]":
    """Class names for class numbers; -1 and missing numbers, which mean "unknown", stay missing."""
    lookup = dict(enumerate(names))
    return codes.map(lookup).astype("str")


def _class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Names of the classes per column, from the notes that the datasets library leaves in a Parquet file."""
    text = (schema.metadata or {}).get(b"huggingface")
    features = json.loads(text).get("info", {}).get("features", {}) if text else {}
    return {
        column: feature["names"]
        for column, feature in features.items()
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and column in schema.names
    }
