"""A run's rows and corrections become the table of a new run, by kind of label; and what is refused. Trains nothing."""

import errno
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from finetune.__main__ import main
from finetune.commands.fit import best, corrected_first, corrected_new, seeds
from finetune.commands.fit.corrected_first import taken_up, waits
from finetune.commands.fit.corrected_new import columns_of
from finetune.commands.fit.corrected_old import Old
from finetune.commands.fit.merged_table import PART
from finetune.commands.fit.merging import merged
from finetune.corrections.identity import identity_of
from finetune.corrections.row import NEW, Row
from finetune.corrections.store import Store
from finetune.data.asked import Reading
from finetune.data.module import TextData
from finetune.errors import UserError
from finetune.runs.corrected import CORRECTED, TABLE, corrected
from tests.kinds import KINDS

ROOT = Path("lightning_logs")
OLD, FRESH = ROOT / "version_0", ROOT / "version_1"
TWO_TEXTS = ("titulo", "corpo")


def options_of(kind):
    """The options of a kind as Python takes them."""
    words = [word for option in KINDS[kind](60).options for word in option.split("=", 1)]
    return {
        name.lstrip("-").removeprefix("data."): value
        for name, value in zip(words[::2], words[1::2], strict=True)
    }


class Before:
    """A run of a kind that has not been trained, but left what is read of one."""

    def __init__(self, kind="single_label", **data):
        options = {**options_of(kind), **data}
        KINDS[kind](60).write(Path("dados.csv"))
        task = options.pop("task", "auto")
        self.data = TextData("dados.csv", task=task, **options)
        self.parts = self.data.every_part(lambda text: None)
        OLD.mkdir(parents=True)
        config = {"task": task, "data": {"path": "dados.csv", **options}, "model": {"name": "embedded"}}
        (OLD / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (OLD / "metrics.json").write_text('{"test": {}}', encoding="utf-8")
        frames = [(part, table, index) for part, (table, index) in self.parts.items()]
        rows = [
            {"source": table.source, "row": int(row), "line": int(row) + 2, "split": part}
            for part, table, index in frames
            for row in table.row[index]
        ]
        pd.DataFrame(rows).to_csv(OLD / "split.csv", index=False)

    def row(self, part, place=0):
        table, index = self.parts[part]
        texts = tuple(each[0] for each in table.texts_apart(index[place : place + 1]))
        return Row(texts, {}, table.source, int(table.row[index[place]]), 0, table.label[index[place]], part)

    def store(self, *said, file="corrections.sqlite"):
        """Keeps what people say of rows: a row, its label, and who."""
        table = self.parts["train"][0]
        identity = identity_of(OLD, task=table.task.name, labels=["a"], columns=table.text_columns)
        with Store.opened(Path(file), of=identity) as store:
            for row, label, *who in said:
                [number] = store.take([row], reason="unsure")
                for each in who or ["ana"]:
                    store.say(number, label=label, who=each)
        return file

    def fit(self, *words):
        return corrected_first.corrected_first(["fit", "--run", "0", *words], check=lambda ready: None)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["finetune"])


def table(**more):
    return pd.read_csv(FRESH / TABLE, dtype=str, keep_default_na=False, encoding="utf-8-sig", **more)


OTHER = {
    "single_label": "Clima",
    "multi_label": "Clima|Preços",
    "ordinal": "4",
    "number": "12.25",
    "pair": "outro",
    "template": "Clima",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_every_kind_is_written_as_it_is_read_again(kind):
    before = Before(kind)
    new = {
        "pair": Row(("boi gordo", "pasto verde de hoje"), {}, "novos.csv"),
        "template": Row(("MT: boi gordo",), {"estado": "MT", "texto": "boi gordo"}, "novos.csv"),
    }.get(kind, Row(('boi gordo no pasto, "bom"\ne barato; sim',), {}, "novos.csv", part=NEW))
    rows = [row for place in range(3) if (row := before.row("train", place)).given != OTHER[kind]]
    test = before.row("test", 1)
    file = before.store(*((row, OTHER[kind]) for row in rows), (test, OTHER[kind]), (new, OTHER[kind]))
    argv, status = before.fit("--with", file)
    assert (argv[:2], status) == (["fit", f"--config={OLD / 'config.yaml'}"], 0)
    assert argv[-1] == f"--folder={FRESH}"
    frame = table()
    sizes = {part: len(index) for part, (_, index) in before.parts.items()}
    assert frame[PART].value_counts().to_dict() == {**sizes, "train": sizes["train"] + 1}
    kept = corrected(FRESH)
    assert (kept["run"], kept["files"], kept["options"]) == (str(OLD), [file], argv[1:-1])
    assert kept["rows"]["new"] == 1
    assert f"--data.path={FRESH / TABLE}" in argv
    assert f"--data.split_column={PART}" in argv
    # other tables that the new run is asked of may call their columns otherwise
    assert not any(word.startswith(("--data.text_column=", "--data.label_column=")) for word in argv)


def test_tables_and_what_label_has_kept_are_read_together():
    before = Before()
    rows = [before.row("train", place) for place in range(6)]
    first = next(row for row in rows if row.given != "Clima")
    same, test = before.row("train", 7), before.row("test", 1)
    other = "Preços" if test.given != "Preços" else "Clima"
    lines = [(first.texts[0], "Clima"), ("motor do trator parado", "Máquinas"), (same.texts[0], "Climas")]
    pd.DataFrame(lines, columns=["texto", "rotulo_correto"]).to_csv("revisado.csv", index=False)
    file = before.store((test, other))
    with pytest.raises(UserError, match="is not clear"):  # a slip, or a class like one there is
        before.fit("--with", file, "revisado.csv")
    argv, _ = before.fit("--with", file, "revisado.csv", "--new_labels", "Climas")
    kept = corrected(FRESH)
    assert kept["rows"]["corrected"] == {"train": 2, "validation": 0, "test": 1}
    assert kept["classes"]["new"] == ["Climas", "Máquinas"]
    assert not any("new_labels" in word for word in argv)


def test_how_a_table_was_read_is_told(capsys):
    before = Before()
    row = next(row for place in range(3) if (row := before.row("train", place)).given != "Clima")
    frame = pd.DataFrame([(row.texts[0], "clima")], columns=["texto", "rotulo_correto"])
    frame.to_csv("revisado.csv", index=False)
    before.fit("--with", "revisado.csv")
    said = capsys.readouterr().err
    assert 'revisado.csv: read in spite of capitals, accents or blanks: "clima" as "Clima"' in said


def test_what_is_typed_wins_and_where_the_table_lies_by_now_is_only_read():
    before = Before()
    shutil.move("dados.csv", "mudada.csv")
    file = before.store(
        (before.row("train"), "Clima"), (before.row("train", 1), "Clima"), (before.row("train", 2), "Clima")
    )
    with pytest.raises(
        UserError, match=r"cannot be read any more: [^\n]*\nIf it lies elsewhere now, say where"
    ):
        before.fit("--with", file)
    argv, _ = before.fit(
        "--with", file, "--data.path", "mudada.csv", "--trainer.max_epochs", "2", "--from", "run"
    )
    assert argv.count("--trainer.max_epochs") == 1
    assert f"--model.name={OLD}" in argv
    assert [word for word in argv if word.startswith("--data.path")] == [f"--data.path={FRESH / TABLE}"]


def test_columns_are_named_where_their_names_do_not_tell():
    frame = pd.DataFrame(KINDS["single_label"](60).rows, columns=["conteudo_livre", "assunto_x"])
    frame = frame.assign(texto="outro texto", rotulo=["a", "b"] * 30)
    before = Before(text_column="texto", label_column="rotulo")
    found = merged(before.parts, [])
    found = replace(
        found, frame=frame.assign(**{PART: "train"}), texts=("conteudo_livre",), label="assunto_x"
    )
    found.frame.to_csv("nomes.csv", index=False)
    old = Old(OLD, before.parts, Reading(task="auto"), is_quick=False)
    assert columns_of(Path("nomes.csv"), found, old) == {
        "text_column": "conteudo_livre",
        "label_column": "assunto_x",
    }
    broken = replace(found, frame=found.frame.assign(assunto_x="outro"))
    with pytest.raises(UserError, match="would be read otherwise than they were written"):
        columns_of(Path("nomes.csv"), broken, old)


def test_without_a_test_there_is_none_again():
    before = Before(test_fraction=0.0)
    argv, _ = before.fit(
        "--with", before.store(*((before.row("train", place), "Clima") for place in range(3)))
    )
    assert "--data.test_fraction=0" in argv
    assert "--data.validation_fraction=0" not in argv
    assert set(table()[PART]) == {"train", "validation"}


def test_a_table_that_has_changed_is_refused():
    before = Before()
    file = before.store((before.row("train"), "Clima"))
    lines = Path("dados.csv").read_text(encoding="utf-8").splitlines()
    Path("dados.csv").write_text("\n".join([*lines, "mais uma frase;Clima"]), encoding="utf-8")
    with pytest.raises(UserError, match="the table or its division has changed since the run"):
        before.fit("--with", file)
    assert not FRESH.exists()


@pytest.mark.parametrize("what", ["none", "confirmed", "conflicts", "skipped"])
def test_where_nothing_is_other_than_before_nothing_is_trained(what):
    before = Before()
    row = before.row("train")
    file = before.store()
    if what == "confirmed":
        before.store((row, row.given))
    elif what == "conflicts":
        before.store((row, "Clima"), (row, "Preços", "bia"))
    elif what == "skipped":
        before.store((row, None))
    with pytest.raises(UserError) as refused:
        before.fit("--with", file)
    assert 'nothing in "corrections.sqlite" changes what the run has learned from' in str(refused.value)
    said = {"confirmed": "1 label was confirmed", "conflicts": "given different labels"}
    assert said.get(what, "there are no corrections") in str(refused.value)
    assert not FRESH.exists()


def test_corrections_of_another_run_are_refused():
    before = Before()
    file = before.store((before.row("train"), "Clima"))
    Path("c.sqlite").write_text("isto nao e um banco")
    with pytest.raises(UserError, match=r"c\.sqlite is no file of corrections"):
        before.fit("--with", "c.sqlite")
    (OLD / "split.csv").write_text((OLD / "split.csv").read_text() + "\n")
    with pytest.raises(UserError, match="holds the corrections of another training"):
        before.fit("--with", file)
    assert not FRESH.exists()


def test_a_try_of_a_step_and_a_wrong_option_leave_nothing():
    before = Before()
    file = before.store(
        (before.row("train"), "Clima"), (before.row("train", 1), "Clima"), (before.row("train", 2), "Clima")
    )
    with pytest.raises(UserError, match="fast_dev_run tries a step"):
        before.fit("--with", file, "--trainer.fast_dev_run=true")
    with pytest.raises((UserError, SystemExit)):
        before.fit("--with", file, "--trainer.max_epoch=2")
    assert not FRESH.exists()


def test_a_full_disk_is_told_and_leaves_nothing(monkeypatch):
    before = Before()
    file = before.store(*((before.row("train", place), "Clima") for place in range(3)))

    def full(path, text, **how):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(corrected_new, "write_text", full)
    with pytest.raises(UserError, match=r"cannot be written as a table in lightning_logs \(no space left"):
        before.fit("--with", file)
    assert not FRESH.exists()


def test_a_run_that_waits_is_taken_up_with_the_same_options():
    before = Before()
    file = before.store(*((before.row("train", place), "Clima") for place in range(3)))
    argv, _ = before.fit("--with", file, "--trainer.max_epochs=2")
    for run in ("1", "latest", str(FRESH)):
        assert waits(["--run", run, "--resume"], ROOT) == FRESH
    again = corrected_first.corrected_first(["fit", "--run", "1", "--resume"], check=lambda ready: None)
    assert again == (argv, 0)
    content = json.loads((FRESH / CORRECTED).read_text(encoding="utf-8"))
    content["options"].append("--data.reader=evil:f")
    (FRESH / CORRECTED).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError, match="not known as of a run of your own"):
        taken_up(FRESH, trust=False)


def test_a_run_alone_is_still_refused(capsys):
    Before()
    assert main(["fit", "--run", "0"]) == 2
    assert "to train a new one on its rows and on corrections, add --with FILE" in capsys.readouterr().err
    assert main(["fit", "--data.path=dados.csv", "--from", "run"]) == 2
    assert "--from and --new_labels go with --with" in capsys.readouterr().err


def test_several_networks_are_trained_in_the_folder_that_has_the_table(monkeypatch):
    before = Before()
    (OLD / "seeds.json").write_text('{"options": ["--data.path=dados.csv"], "seeds": [42, 43, 44]}')
    argv, _ = before.fit(
        "--with", before.store(*((before.row("train", place), "Clima") for place in range(3)))
    )
    assert "--seeds=3" in argv
    asked = []
    monkeypatch.setattr(seeds, "looked_at", lambda options, *, check: 42)
    monkeypatch.setattr(seeds, "fit", lambda arguments: asked.append(arguments) or 0)
    monkeypatch.setattr(seeds, "same_table", lambda folder, numbers: [])
    after, status = seeds.averaged_first(argv, check=lambda ready: None)
    assert status == 0
    assert [each[-1] for each in asked] == [
        f"--folder={FRESH / 'seeds' / str(seed)}" for seed in (42, 43, 44)
    ]
    assert all(f"--data.path={FRESH / TABLE}" in each for each in asked)
    assert after[-1] == f"--folder={FRESH}"
    assert seeds.averaged_first(after, check=lambda ready: None) == (after, 0)  # the fit that follows
    assert waits(["--run", "1", "--resume"], ROOT) is None  # by then the networks tell how far it is


def test_ways_are_compared_in_the_folder_that_has_the_table(monkeypatch):
    before = Before()
    file = before.store(*((before.row("train", place), "Clima") for place in range(3)))
    argv, _ = before.fit("--with", file, "--effort=best")
    monkeypatch.setattr(best, "looked_at", lambda options, *, check: list(best.CANDIDATES))
    found = []

    def compared(folder, comparison, *, planned):
        found.append((folder, comparison.options))
        return ["fit"], 0

    monkeypatch.setattr(best, "compared", compared)
    assert best.compared_first(argv, check=lambda ready: None) == (["fit"], 0)
    [(folder, options)] = found
    assert folder == FRESH
    assert f"--data.path={FRESH / TABLE}" in options
    assert not any(option.startswith("--folder") for option in options)
