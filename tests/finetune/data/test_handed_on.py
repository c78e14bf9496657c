"""What the first process of a machine has read is what the others of it have, and the table is read no more."""

import errno
import json
import os
import platform
from dataclasses import fields
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finetune.data import handed_on as module
from finetune.data.asked import Asked, Reading
from finetune.data.dividing.parts import Division
from finetune.data.handed_on import handed_on
from finetune.data.loading import load
from finetune.errors import UserError
from finetune.files.cache import cache_dir
from tests.journeys.conftest import write_table
from tests.kinds import KINDS
from tests.processes import start


def left():
    """What lies in the cache besides what is kept there."""
    return list(cache_dir().glob(".rows*"))


@pytest.fixture
def cached(tmp_path, monkeypatch):
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def loaded(cached, tiny_model, tmp_path):
    """A function that gives what is asked of a table of a kind, and what was loaded."""

    def of(kind, **reading):
        table = KINDS[kind](60).write(tmp_path / f"{kind}.csv")
        asked = Asked(
            {"train": str(table), "validation": None, "test": None}, Reading(**reading), Division(),
            tokenizer=str(tiny_model),
        )  # fmt: skip
        return asked, load(asked, "train", labels=None, check=False, tell=lambda text: None)

    return of


@pytest.mark.parametrize(
    ("kind", "reading"),
    [
        ("single_label", {}),
        ("multi_label", {"task": "multi_label"}),
        ("ordinal", {"task": "ordinal"}),
        ("number", {"task": "number", "label_column": "preco"}),
        ("pair", {"text_column": "titulo", "text_pair_column": "corpo"}),
        ("template", {"template": "{estado}: {texto}"}),
    ],
)
def test_a_table_of_each_kind_is_the_same_afterwards(loaded, kind, reading):
    asked, was = loaded(kind, **reading)
    now = handed_on(was, asked, machine=0)
    assert left() == []
    assert (now.labels, now.task, now.untouched) == (was.labels, was.task, was.untouched)
    for name, part in was.parts.items():
        table, other, again = was.tables[name], now.tables[name], now.parts[name]
        pd.testing.assert_frame_equal(other.frame, table.frame)
        for field in fields(table):
            if field.name not in ("frame", "row"):
                assert getattr(other, field.name) == getattr(table, field.name), field.name
        for mine, theirs in ((table.row, other.row), (part.index, again.index), (part.row, again.row)):
            assert (mine == theirs).all()
        assert (part.labels == again.labels).all()
        assert part.labels.dtype == again.labels.dtype
        assert (part.tokens.lengths == again.tokens.lengths).all()
        for row in part.index.tolist():
            assert (part.tokens.ids(row, 9) == again.tokens.ids(row, 9)).all()
    assert now.tables["train"] is now.tables["test"]  # one table, three parts
    assert now.tokenizer.get_vocab() == was.tokenizer.get_vocab()


def test_what_a_killed_process_left_goes_with_the_next(loaded):
    asked, was = loaded("single_label")
    killed = cache_dir() / f".rows-{platform.node()}.killed"
    killed.mkdir()
    for name in ("finetune.lock", "new"):
        (killed / name).touch()
    handed_on(was, asked, machine=0)
    assert left() == []


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_with_what_to_do_and_nothing_stays(loaded, monkeypatch):
    asked, was = loaded("single_label")
    monkeypatch.setattr(module, "write_mapped", full)
    with pytest.raises(UserError, match=r"cache.rows-.*: no space left.*\n  FINETUNE_CACHE=/another/folder"):
        handed_on(was, asked, machine=0)
    assert left() == []


def test_a_place_that_another_process_does_not_see_is_told(loaded, monkeypatch):
    asked, was = loaded("single_label")
    real = module.open_mapped

    def elsewhere(mapped):
        mapped.path.unlink()
        return real(mapped)

    monkeypatch.setattr(module, "open_mapped", elsewhere)
    with pytest.raises(
        UserError, match=r"(?s)new: another process of this machine .* all processes of a mac"
    ):
        handed_on(was, asked, machine=0)
    assert left() == []


# ---- processes --------------------------------------------------------------------------------------------------


def facts_of(data):
    """All that a process knows of its rows, but for which of them are in its own batches."""
    return {
        "parts": {name: data.texts(name) for name in data.parts},
        "labels": [data.labels, *(part.labels.tolist() for part in data.parts.values())],
        "split": data.split_frame().to_csv(index=False),
        "places": data.whereabouts({"row": np.arange(20)}),
        "fingerprint": data.fingerprint(),
        "facts": data.facts,
        "task": data.task,
    }


def reads_once(model, table, machines):
    """Trains a step, on so many machines, where the first process of each spoils the table once it has read it."""
    import lightning.pytorch as pl

    from finetune.data import module as data_module
    from finetune.model.classifier import TextClassifier

    rank = int(os.environ["RANK"])
    here = int(os.environ["WORLD_SIZE"]) // machines
    os.environ |= {"LOCAL_RANK": str(rank % here), "GROUP_RANK": str(rank // here)}
    os.environ["LOCAL_WORLD_SIZE"] = str(here)
    os.chdir(f"machine{rank // here}")
    reads, real = [], data_module.load

    def counted(*arguments, **options):
        reads.append(rank)
        found = real(*arguments, **options)
        Path(table).write_text("texto;rotulo\noutra;coisa\n", encoding="utf-8")
        return found

    data_module.load = counted
    rows = []

    class Seen(pl.Callback):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
            rows.append(batch["row"].tolist())

    trainer = pl.Trainer(
        accelerator="cpu", devices=here, num_nodes=machines, strategy="ddp", logger=False, max_epochs=1,
        enable_checkpointing=False, enable_progress_bar=False, limit_val_batches=0, callbacks=[Seen()],
        use_distributed_sampler=False,
    )  # fmt: skip
    data = data_module.TextData(table, effective_batch_size=20)
    trainer.fit(TextClassifier(str(model)), datamodule=data)
    told = {"reads": reads, "rows": rows, **facts_of(data)}
    Path(f"rank{rank}.json").write_text(json.dumps(told), encoding="utf-8")
    return 0


@pytest.mark.parametrize(("processes", "machines"), [(2, 1), (4, 2)])
def test_each_machine_reads_once_whatever_the_table_is_later(
    cached, tiny_model, tmp_path, processes, machines
):
    from finetune.data.module import TextData

    folders = [tmp_path / f"machine{number}" for number in range(machines)]
    for folder in folders:
        folder.mkdir()
        write_table(folder / "dados.csv")
    alone = TextData("dados.csv", tokenizer=str(tiny_model), effective_batch_size=20)
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folders[0])
        alone.setup("fit")
        expected = json.loads(json.dumps(facts_of(alone)))
        in_order = [batch["row"].tolist() for batch in alone.train_dataloader()]
    ended = start(processes, reads_once, tiny_model, "dados.csv", machines, folder=tmp_path).wait()
    assert [each.status for each in ended] == [0] * processes, ended[-1].err
    told = [
        json.loads((tmp_path / f"machine{rank * machines // processes}" / f"rank{rank}.json").read_text())
        for rank in range(processes)
    ]
    firsts = range(0, processes, processes // machines)
    assert [each.pop("reads") for each in told] == [[r] if r in firsts else [] for r in range(processes)]
    batches = [each.pop("rows") for each in told]
    assert [sorted(chain.from_iterable(step)) for step in zip(*batches, strict=True)] == [
        sorted(each) for each in in_order
    ]
    for each in told:
        assert each == expected
    assert left() == []
