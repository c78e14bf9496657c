"""Data sets of Hugging Face's `datasets`, from the hub, a folder or memory, into DataFrames by split."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from finetune.data.reading.dialect import Dialect, Notes
from finetune.data.reading.loaded import Splits, single, split_of, undivided
from finetune.data.reading.parquet import frame_of, named
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message

if TYPE_CHECKING:
    import pyarrow as pa

END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"
IN_MEMORY = Dialect(first_line=0, unit="row")  # as `frame.iloc` counts


def saved(path: Path) -> tuple[Splits, Notes]:
    """Opens a folder written by `save_to_disk`."""
    import datasets
    import pyarrow as pa

    _check_whole(path)
    try:
        found = datasets.load_from_disk(str(path))
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
        pa.ArrowException,
    ) as error:
        if getattr(error, "errno", None):  # the disk's complaint
            raise
        raise DataError(
            "{path}: a datasets folder that cannot be opened (datasets said: {text}): "
            "save it again with save_to_disk",
            path=path,
            text=str(error),
        ) from error
    return divided(found, str(path))


def _check_whole(path: Path) -> None:
    """Refuses damaged Arrow files: the datasets library maps them into memory, where reading one ends the process."""
    import pyarrow as pa

    for file in sorted(path.rglob("*.arrow")):
        if file.name.startswith(("cache-", "tmp")):  # left by programs that worked on the data set
            continue
        try:
            with pa.OSFile(str(file)) as stream, pa.ipc.open_stream(stream) as batches:
                for batch in batches:
                    batch.validate(full=True)
                if not _ended(file):
                    raise EOFError
        except (pa.ArrowException, ValueError, EOFError, OSError) as error:
            if getattr(error, "errno", None):  # the disk's complaint, not pyarrow's, which has no number
                raise
            raise DataError(
                "{path}: the datasets folder's file {file} is damaged or cut short: copy the folder again, or save the "
                "data set again with save_to_disk",
                path=path,
                file=file.relative_to(path),
            ) from error


def _ended(file: Path) -> bool:
    """Whether an Arrow stream has its end mark: cut between two pieces, it would only have fewer rows."""
    with file.open("rb") as stream:
        stream.seek(-len(END_OF_STREAM), 2)
        return stream.read() == END_OF_STREAM


def from_hub(name: str, no_file: Message) -> tuple[Splits, Notes]:
    """Downloads a data set of the hub, or takes it from the cache; `no_file` says why the name is no file."""
    import datasets

    try:
        found = datasets.load_dataset(name)
    except ConnectionError as error:
        raise DataError(
            '{no_file}, and "{name}" was not found on the hub, which did not answer: '
            "mend the path, or connect to the network without HF_HUB_OFFLINE=1",
            no_file=no_file,
            name=name,
        ) from error
    except FileNotFoundError as error:
        raise DataError(
            '{no_file}, and "{name}" was not found on the hub: mend the path or the hub id',
            no_file=no_file,
            name=name,
        ) from error
    except (ValueError, RuntimeError, OSError, datasets.exceptions.DatasetsError) as error:
        raise DataError(
            '{no_file}, and the hub\'s data set "{name}" cannot be opened (datasets said: {text}): open it in '
            "Python with datasets.load_dataset and save it with save_to_disk",
            no_file=no_file,
            name=name,
            text=str(error),
        ) from error
    return divided(found, name)


def divided(source: object, name: str) -> tuple[Splits, Notes]:
    """A `datasets` object into its splits."""
    import datasets

    if isinstance(source, datasets.Dataset):
        return {"all": single(name, _frame(source, name), IN_MEMORY)}, ()
    if not isinstance(source, (datasets.DatasetDict, dict)) or not source:
        raise DataError(
            "{name}: empty, or data of a kind that cannot be read: give a path, a hub id, "
            "a pandas DataFrame, a datasets.Dataset or a datasets.DatasetDict",
            name=name,
        )
    splits = _hub_splits(source, name)
    left = [str(key) for key in source if str(key) not in splits.values()]
    notes = (
        (Message("other splits of {name} left out: {names}", name=name, names=quoted(left)),) if left else ()
    )
    loaded = {
        split: single(f"{name} ({key})", _frame(source[key], f"{name} ({key})"), IN_MEMORY)
        for split, key in splits.items()
    }
    return undivided(loaded), notes


def _hub_splits(source: Mapping[Any, object], name: str) -> dict[str, str]:
    """Our name for each of a data set's splits; a lone split of any name is the whole."""
    splits: dict[str, str] = {}
    for key in map(str, source):
        split = split_of(key)
        if split is not None:
            splits.setdefault(split, key)
    if not splits and len(source) > 1:
        raise DataError(
            "{name}: none of the splits {names} is train, validation or test: rename them, "
            "or give one of them as a datasets.Dataset",
            name=name,
            names=quoted(source),
        )
    return splits or {"all": str(next(iter(source)))}


def _frame(dataset: Any, name: str) -> pd.DataFrame:
    """A `datasets.Dataset` as a DataFrame, with the names of classes instead of their numbers."""
    import datasets

    frame = frame_of(dataset.data.table, name, partial(_to_pandas, dataset))
    for column, feature in dataset.features.items():
        if isinstance(feature, datasets.ClassLabel):
            frame[column] = named(frame[column], feature.names)
    return frame


def _to_pandas(dataset: Any) -> pd.DataFrame:
    """The frame; numbers that are whole stay so where some are missing, which `to_pandas` of the library cannot."""
    frame: pd.DataFrame = dataset.to_pandas()
    names = [field.name for field in dataset.data.table.schema if _holds_whole_numbers(field.type)]
    if names:
        table = dataset.select_columns(names).with_format("arrow")[:]
        for name in names:
            frame[name] = table[name].to_pandas(integer_object_nulls=True)
    return frame


def _holds_whole_numbers(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    within = (kind.field(place).type for place in range(kind.num_fields))
    return pa.types.is_integer(kind) or any(map(_holds_whole_numbers, within))
