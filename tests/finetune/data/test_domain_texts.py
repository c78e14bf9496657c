"""Texts without labels into batches: what is read, what is left out and held out, and that nothing depends on how."""

import gzip
import json
from types import SimpleNamespace

import datasets
import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoTokenizer

from finetune.data.domain import sources
from finetune.data.domain_texts import DomainTexts
from finetune.data.reading.sums import sums_of_words, write_sums
from finetune.errors import ConfigError, DataError
from finetune.tasks.batch import FILLER

WORDS = [
    "soja",
    "milho",
    "trigo",
    "café",
    "cana",
    "arroz",
    "boi",
    "vaca",
    "leite",
    "pasto",
    "chuva",
    "seca",
    "geada",
    "preço",
    "saca",
]
TEXTS = [f"{WORDS[i % 15]} {WORDS[i // 15 % 15]} {WORDS[i * 7 % 15]} {i}" for i in range(60)]


def write(path, texts=TEXTS):
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return str(path)


def loaded(path, tiny_model, **options):
    data = DomainTexts(path, tokenizer=str(tiny_model), **options)
    data.setup("fit")
    return data


def read(data):
    """Every text that is read, and those of them that are held out."""
    return sorted([*data.each_text("train"), *data.each_text("validation")]), list(
        data.each_text("validation")
    )


def test_each_line_of_a_file_is_a_text(tmp_path, tiny_model):
    path = write(tmp_path / "textos.txt", [*TEXTS[:30], "", "  ", *TEXTS[30:], TEXTS[3].upper() + "!"])
    data = loaded(path, tiny_model)
    texts, held_out = read(data)
    assert texts == sorted(TEXTS)
    assert len(held_out) == 3
    facts = data.facts_of_text()
    assert {name: facts[name] for name in ("rows", "empty", "equal", "left_out", "texts", "held_out")} == {
        "rows": 63,
        "empty": 2,
        "equal": 1,
        "left_out": 0,
        "texts": 60,
        "held_out": 3,
    }
    assert facts["words"]["words"] == 3 * 57
    assert data.train_rows == 57
    assert data.tokens_of("train") + data.tokens_of("validation") == facts["tokens"] + 2 * facts["pieces"]
    assert data.whereabouts({"row": torch.tensor([FILLER])}) == "a batch without a row that counts"
    row = data.parts["train"].row[data.texts("train").index(TEXTS[30])]
    assert data.whereabouts({"row": torch.tensor([FILLER, int(row)])}) == f"{path}, line 33"


def test_a_batch_is_that_of_training_without_labels(tmp_path, tiny_model):
    data = loaded(write(tmp_path / "textos.txt"), tiny_model, effective_batch_size=8)
    batches = list(data.train_dataloader())
    assert set(batches[0]) == {"input_ids", "attention_mask", "row", "step_rows"}
    rows = [row for batch in batches for row in batch["row"].tolist()]
    assert sorted(rows) == sorted(data.parts["train"].row.tolist())
    assert len(batches) == data.steps_per_epoch == 8
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    places = {int(row): place for place, row in enumerate(data.parts["train"].row)}
    for row, ids, mask in zip(
        *(batches[0][name] for name in ("row", "input_ids", "attention_mask")), strict=True
    ):
        [text] = data.texts("train", np.array([places[int(row)]]))
        assert ids[mask == 1].tolist() == tokenizer(text)["input_ids"]


def test_a_text_that_is_too_long_becomes_several_rows_and_none_is_lost(tmp_path, tiny_model):
    long = " ".join(f"{WORDS[i % 15]} {i % 10}" for i in range(40))
    data = loaded(write(tmp_path / "textos.txt", [*TEXTS, long]), tiny_model, max_length=16)
    assert data.facts_of_text()["in_pieces"] == 1
    part = next(name for name in ("train", "validation") if long in data.each_text(name))
    pieces = [text for text in data.texts(part) if text not in TEXTS]
    assert len(pieces) == 6
    assert " ".join(pieces) == long
    assert all(int(batch["input_ids"].shape[1]) <= 16 for batch in data.train_dataloader())
    rows = [int(row) for part in ("train", "validation") for row in data.parts[part].row]
    assert sorted(rows) == list(range(66))


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "xlsx", "csv.gz"])
def test_texts_stand_in_a_column_of_a_table(tmp_path, tiny_model, kind):
    frame = pd.DataFrame({"id": range(60), "texto": TEXTS})
    path = tmp_path / f"t.{kind}"
    {
        "csv": lambda: frame.to_csv(path, index=False),
        "csv.gz": lambda: frame.to_csv(path, index=False),
        "tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True, force_ascii=False),
        "parquet": lambda: frame.to_parquet(path),
        "xlsx": lambda: frame.to_excel(path, index=False),
    }[kind]()
    assert read(loaded(str(path), tiny_model))[0] == sorted(TEXTS)


def test_a_folder_holds_lines_and_tables(tmp_path, tiny_model):
    write(tmp_path / "a.txt", TEXTS[:20])
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress("\n".join(TEXTS[18:30]).encode()))
    pd.DataFrame({"n": range(20), "frase": TEXTS[30:50]}).to_csv(tmp_path / "c.csv", index=False)
    (tmp_path / "d.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS[50:]))
    (tmp_path / "vazio.txt").touch()
    data = loaded(str(tmp_path), tiny_model)
    assert read(data)[0] == sorted(TEXTS)
    assert data.facts_of_text()["equal"] == 2
    rows = [int(data.parts["train"].row[data.texts("train").index(text)]) for text in (TEXTS[1], TEXTS[35])]
    assert (
        data.whereabouts({"row": torch.tensor(rows)}) == f"{tmp_path}/a.txt, line 2; {tmp_path}/c.csv, line 7"
    )


def test_what_is_said_of_many_files_is_said_once(tmp_path, tiny_model, caplog):
    for number, text in enumerate(TEXTS[:40]):
        write(tmp_path / f"{number:02}.txt", [text])
    with caplog.at_level("INFO"):
        data = loaded(str(tmp_path), tiny_model)
    assert read(data)[0] == sorted(TEXTS[:40])
    assert caplog.text.count("one text a line") == 1
    assert f"{tmp_path}/09.txt and 30 more: one text a line" in caplog.text


def test_a_file_of_lines_with_the_header_of_a_table_is_one(tmp_path, tiny_model):
    path = write(tmp_path / "t.txt", ["texto\tcultura", *(f"{text}\tsoja" for text in TEXTS)])
    assert read(loaded(path, tiny_model))[0] == sorted(TEXTS)
    named = write(tmp_path / "n.txt", ["fala;n", *(f"{text};1" for text in TEXTS)])
    assert read(loaded(named, tiny_model, text_column="fala"))[0] == sorted(TEXTS)


def test_in_python_texts_come_from_memory_and_from_several_places(tmp_path, tiny_model):
    frame = pd.DataFrame({"texto": TEXTS})
    data = loaded(frame, tiny_model)
    assert read(data)[0] == sorted(TEXTS)
    paths = [write(tmp_path / "a.txt", TEXTS[:30]), write(tmp_path / "b.txt", TEXTS[30:])]
    assert read(loaded(paths, tiny_model))[0] == sorted(TEXTS)


def test_of_a_data_set_all_parts_are_read_but_what_it_holds_out(tmp_path, tiny_model):
    def part(texts, **more):
        return datasets.Dataset.from_dict({"text": texts, **more})

    parts = datasets.DatasetDict({"train": part(TEXTS[:40]), "test": part(TEXTS[40:])})
    parts.save_to_disk(str(tmp_path / "plain"))
    assert read(loaded(str(tmp_path / "plain"), tiny_model))[0] == sorted(TEXTS)
    labelled = {name: part(each["text"], label=["a", "b"] * (len(each) // 2)) for name, each in parts.items()}
    datasets.DatasetDict(labelled).save_to_disk(str(tmp_path / "labelled"))
    found = set(read(loaded(str(tmp_path / "labelled"), tiny_model))[0])
    assert found < set(TEXTS[:40])
    assert len(found) == 36


@pytest.mark.parametrize("size", [7, 1000])
def test_texts_are_the_same_in_windows_of_any_size(tmp_path, tiny_model, monkeypatch, size):
    whole = loaded(write(tmp_path / "textos.txt"), tiny_model)
    monkeypatch.setattr(sources, "WINDOW", size)
    parts = loaded(str(tmp_path / "textos.txt"), tiny_model)
    assert read(parts) == read(whole)
    assert parts.fingerprint() == whole.fingerprint()


def labelled(path, texts=TEXTS):
    pd.DataFrame({"texto": texts, "rotulo": ["a", "b"] * (len(texts) // 2)}).to_csv(path, index=False)
    return str(path)


def held_out_by_fit(path, **options):
    from finetune.data.module import TextData

    return {
        text
        for part, (table, index) in TextData(path, **options).divided().items()
        if part != "train"
        for text in table.texts(index)
    }


def test_of_a_labelled_table_what_fit_holds_out_is_left_out(tmp_path, tiny_model):
    path = labelled(tmp_path / "t.csv")
    held_out = held_out_by_fit(path)
    assert len(held_out) == 12
    data = loaded(path, tiny_model)
    assert set(read(data)[0]) == set(TEXTS) - held_out
    assert data.facts_of_text()["left_out"] == 12
    assert set(read(loaded(path, tiny_model, leave_out="nothing"))[0]) == set(TEXTS)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_column_of_labels_can_be_named_by_which_a_table_is_divided(tmp_path, tiny_model, elsewhere):
    path = str(tmp_path / "t.csv")
    pd.DataFrame({"texto": TEXTS, "praga": ["a", "b"] * 30}).to_csv(path, index=False)
    texts = write(tmp_path / "textos.txt")
    options = {"leave_out": path} if elsewhere else {}
    found, _ = read(loaded(texts if elsewhere else path, tiny_model, label_column="praga", **options))
    assert set(found) == set(TEXTS) - held_out_by_fit(path, label_column="praga")


def test_a_column_of_labels_that_is_not_there_is_refused_before_tests_are_learned(tmp_path, tiny_model):
    path = labelled(tmp_path / "t.csv")
    with pytest.raises(DataError, match=r'there is no column "rotul0" in ".*": give another --data\.label'):
        loaded(path, tiny_model, label_column="rotul0")


def test_of_another_labelled_table_it_is_left_out_too_whatever_its_case_and_punctuation(tmp_path, tiny_model):
    table = labelled(tmp_path / "t.csv")
    texts = write(tmp_path / "textos.txt", [text.upper() + "." for text in TEXTS])
    found, _ = read(loaded(texts, tiny_model, leave_out=table))
    assert {text.lower().strip(".") for text in found} == set(TEXTS) - held_out_by_fit(table)


def test_of_a_table_whose_texts_are_made_of_several_columns_each_is_left_out(tmp_path, tiny_model):
    frame = pd.DataFrame({"texto": TEXTS, "rotulo": ["a", "b"] * 30, "estado": "MT"})
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = {"path": str(tmp_path / "t.csv"), "template": "{estado}: {texto}"}
    (tmp_path / "config.yaml").write_text(json.dumps({"data": options}))
    texts = write(tmp_path / "textos.txt", [*TEXTS, *(f"MT: {text}" for text in TEXTS)])
    found, _ = read(loaded(texts, tiny_model, leave_out=str(tmp_path)))
    assert len(found) == 2 * 48
    assert {text for text in found if not text.startswith("MT")} == {
        text[4:] for text in found if text.startswith("MT")
    }


def test_of_a_run_it_is_what_that_run_held_out(tmp_path, tiny_model, monkeypatch):
    table, texts = labelled(tmp_path / "t.csv"), write(tmp_path / "textos.txt")
    run = tmp_path / "version_0"
    run.mkdir()
    options = {"path": table, "split_seed": 7, "folds": 4, "fold": 2, "more_checks": ["nada:nada"]}
    (run / "config.yaml").write_text(json.dumps({"data": options, "model": {"task": "single_label"}}))
    monkeypatch.setattr("finetune.data.held_out.ROOT", tmp_path)
    for name in (str(run), "version_0", "0"):
        found, _ = read(loaded(texts, tiny_model, leave_out=name))
        held_out = held_out_by_fit(table, split_seed=7, folds=4, fold=2)
        left = set(TEXTS) - set(found)
        assert held_out < left  # and the test that the fold left alone
        assert len(left) == 6 + len(held_out)


def test_of_a_folder_the_tables_that_are_tests_are_left_out(tmp_path, tiny_model):
    labelled(tmp_path / "treino.csv", TEXTS[:40])
    labelled(tmp_path / "teste.csv", TEXTS[40:50])
    write(tmp_path / "notas.txt", TEXTS[50:])
    found = set(read(loaded(str(tmp_path), tiny_model))[0])
    assert set(TEXTS[50:]) < found
    assert not found & set(TEXTS[40:50])
    assert len(found) == 10 + 36


def test_of_a_folder_that_is_no_single_table_the_tests_are_left_out_too(tmp_path, tiny_model):
    labelled(tmp_path / "treino_a.csv", TEXTS[:20])
    labelled(tmp_path / "treino_b.csv", TEXTS[20:40])
    labelled(tmp_path / "teste.csv", TEXTS[40:])
    for name in ("treino_b.csv", "teste.csv"):
        pd.read_csv(tmp_path / name).assign(n=1).to_csv(tmp_path / name, index=False)
    found = set(read(loaded(str(tmp_path), tiny_model))[0])
    assert found < set(TEXTS[:40])
    assert len(found) == 36


def test_sums_of_texts_are_left_out(tmp_path, tiny_model):
    write_sums(tmp_path / "sums.npy", sums_of_words(TEXTS[:10]))
    path = write(tmp_path / "textos.txt")
    found, _ = read(loaded(path, tiny_model, leave_out=[str(tmp_path / "sums.npy")]))
    assert found == sorted(TEXTS[10:])


def test_it_is_said_how_many_texts_are_left_out_and_that_none_is_where_some_were_asked_for(
    tmp_path, tiny_model, caplog
):
    path, other = write(tmp_path / "textos.txt"), labelled(tmp_path / "t.csv", ["nada", "coisa"] * 30)
    pd.DataFrame({"texto": [f"x{i}" for i in range(60)], "rotulo": ["a", "b"] * 30}).to_csv(
        other, index=False
    )
    with caplog.at_level("INFO"):
        loaded(path, tiny_model)
        loaded(path, tiny_model, leave_out="nothing")
        assert "left out" not in caplog.text
        loaded(path, tiny_model, leave_out=other)
        assert "texts left out: 0 that are validated or tested on elsewhere" in caplog.text
        loaded(labelled(tmp_path / "t.csv"), tiny_model)
        assert "texts left out: 12 that are validated or tested on elsewhere" in caplog.text
    assert "60 texts, 290 tokens" in caplog.text


def test_a_labelled_table_that_fit_could_not_divide_is_read_and_said(tmp_path, tiny_model, caplog):
    path = tmp_path / "t.csv"
    pd.DataFrame({"texto": TEXTS, "rotulo": ["a"] * 60}).to_csv(path, index=False)
    with caplog.at_level("INFO"):
        data = loaded(str(path), tiny_model)
    assert set(read(data)[0]) == set(TEXTS)
    assert "cannot be divided as fit does" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty: give one with a text in each line"),
        (b"o boi gordo\n", r"1 text is left .* two are needed: one to learn from"),
        (
            b"a soja\n\nA SOJA!\n",
            r"1 text is left \(0 that are held out by a labelled table, 1 that repeats another",
        ),
        (b"\n\n \n", "no row is left: 3 rows without text"),
        (b"\x00\x01\x02" * 50, "a NUL byte in line 1"),
        (b"%PDF-1.7\n" + bytes(range(1, 255)) * 9, "not a text table but a PDF"),
    ],
)
def test_what_holds_no_texts_is_told(tmp_path, tiny_model, content, message):
    (tmp_path / "textos.txt").write_bytes(content)
    with pytest.raises(DataError, match=message):
        loaded(str(tmp_path / "textos.txt"), tiny_model)


def test_what_is_not_there_is_told(tmp_path, tiny_model):
    with pytest.raises(DataError, match=r"no texts are given. Give them with --data\.path"):
        loaded(None, tiny_model)
    with pytest.raises(DataError, match="there is no file"):
        loaded(str(tmp_path / "textos.txt"), tiny_model)
    pd.DataFrame({"n": range(9), "m": range(9)}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(DataError, match=r"no text column found among .*--data\.text_column"):
        loaded(str(tmp_path / "t.csv"), tiny_model)
    write(tmp_path / "textos.txt")
    (tmp_path / "sums.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(DataError, match=r"nada\.npy: cannot be read"):
        loaded(str(tmp_path / "textos.txt"), tiny_model, leave_out=str(tmp_path / "nada.npy"))
    with pytest.raises(DataError, match=r"sums\.npy: not a file of sums"):
        loaded(str(tmp_path / "textos.txt"), tiny_model, leave_out=str(tmp_path / "sums.npy"))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("data: [", "does not say which table"),
        ("data:\n  path: null", "does not say which table"),
        (
            "data:\n  path: t.csv\n  split: meu.modulo:corta",
            r'not of this program \(split: "meu\.modulo:corta"\)',
        ),
        ("data:\n  path: t.csv\nmodel:\n  task: a:b", r'\(task: "a:b"\)'),
    ],
)
def test_a_run_that_does_not_say_what_it_held_out_is_told(tmp_path, tiny_model, config, message):
    (tmp_path / "config.yaml").write_text(config)
    path = write(tmp_path / "textos.txt")
    with pytest.raises(DataError, match=message):
        loaded(path, tiny_model, leave_out=str(tmp_path))


@pytest.mark.parametrize("fraction", [0, 1, -0.1])
def test_a_share_that_leaves_nothing_is_refused(fraction):
    with pytest.raises(ConfigError, match=f"validation_fraction is {fraction}: it must be more than 0"):
        DomainTexts("textos.txt", validation_fraction=fraction)


def test_the_beginning_of_a_line_without_end_is_read_and_the_rest_never_in_memory(tmp_path, tiny_model):
    path = write(tmp_path / "textos.txt", [*TEXTS[:9], "  " + "boi " * 90_000, *TEXTS[9:20]])
    data = loaded(path, tiny_model, max_characters=200)
    texts, _ = read(data)
    assert len(texts) == 21
    assert "boi " * 50 in texts
    assert data.facts_of_text()["long"] == 1


def test_a_text_of_several_segments_is_whole(tmp_path, tiny_model, monkeypatch):
    from finetune.data.domain import texts as module

    long = " ".join(WORDS * 20)
    path = write(tmp_path / "textos.txt", [*TEXTS[:20], long])
    monkeypatch.setattr(module, "SEGMENT", 100)
    data = loaded(path, tiny_model, max_length=64)
    part = next(name for name in ("train", "validation") if long in data.each_text(name))
    pieces = [text for text in data.texts(part) if text not in TEXTS]
    assert len(pieces) > 10
    assert " ".join(text.strip() for text in pieces) == long


def test_general_sentences_are_there_to_watch_what_is_forgotten(tmp_path, tiny_model):
    data = loaded(write(tmp_path / "textos.txt"), tiny_model)
    texts = data.texts("general")
    assert len(set(texts)) == len(texts) == 150
    rows = [row for batch in data.once("general") for row in batch["row"].tolist()]
    assert sorted(rows) == list(range(150))
    assert len([row for batch in data.once("general", most=9) for row in batch["row"].tolist()]) == 9


def test_held_out_texts_are_chosen_by_the_seed_alone(tmp_path, tiny_model):
    path = write(tmp_path / "textos.txt")
    one, again, other = (
        loaded(path, tiny_model, validation_fraction=0.2, split_seed=seed) for seed in (1, 1, 2)
    )
    assert read(one) == read(again)
    assert set(read(one)[1]) != set(read(other)[1])
    assert one.state_dict() == again.state_dict() == {"fingerprint": one.fingerprint()}
    assert one.fingerprint() != other.fingerprint()
    write(tmp_path / "textos.txt", [*TEXTS, "mais um"])
    assert loaded(path, tiny_model, validation_fraction=0.2, split_seed=1).fingerprint() != one.fingerprint()


def of_a_process(path, tiny_model, *, rank=0, world_size=1, accumulation=1, together=1):
    data = DomainTexts(path, tokenizer=str(tiny_model), effective_batch_size=8, max_length=8)
    data.trainer = SimpleNamespace(
        strategy=SimpleNamespace(root_device=torch.device("cpu")),
        lightning_module=SimpleNamespace(rows_together=together, hparams=SimpleNamespace()),
        accumulate_grad_batches=accumulation,
        world_size=world_size,
        global_rank=rank,
    )
    data.setup("fit")
    return data


@pytest.mark.parametrize("together", [1, 2])
def test_steps_are_the_same_on_any_number_of_processes(tmp_path, tiny_model, together):
    path = write(tmp_path / "textos.txt")

    def steps(world_size, accumulation):
        each = [
            list(
                of_a_process(
                    path,
                    tiny_model,
                    rank=rank,
                    world_size=world_size,
                    accumulation=accumulation,
                    together=together,
                ).train_dataloader()
            )
            for rank in range(world_size)
        ]
        found = []
        for first in range(0, len(each[0]), accumulation):
            batches = [batch for rank in each for batch in rank[first : first + accumulation]]
            rows = sorted(row for batch in batches for row in batch["row"].tolist() if row != FILLER)
            assert {int(batch["step_rows"]) for batch in batches} == {len(rows)}
            sizes = [len(batch["row"]) for batch in batches if FILLER not in batch["row"]]
            assert sum(size % together for size in sizes) == len(rows) % together
            found.append(rows)
        return found

    assert steps(1, 1) == steps(2, 1) == steps(2, 2)


@pytest.mark.parametrize("stop", [1, 5, 7])
def test_a_pass_goes_on_where_the_saved_one_stopped(tmp_path, tiny_model, stop):
    path = write(tmp_path / "textos.txt")

    def loader():
        batches = of_a_process(path, tiny_model).train_dataloader()
        batches.sampler.set_epoch(3)
        return batches

    expected = [batch["row"].tolist() for batch in loader()]
    first = loader()
    batches = iter(first)
    seen = [next(batches)["row"].tolist() for _ in range(stop)]
    second = loader()
    second.load_state_dict(first.state_dict())
    assert seen + [batch["row"].tolist() for batch in second] == expected


def test_the_largest_batches_are_real_rows(tmp_path, tiny_model):
    data = of_a_process(write(tmp_path / "textos.txt"), tiny_model, together=4)
    most = max(batch["input_ids"].numel() for batch in data.train_dataloader())
    assert data.largest_batch(1)["input_ids"].numel() >= most
    assert len(data.largest_batch(2)["row"]) == 4
    with pytest.raises(ConfigError, match="4 rows at a time have to stay in one"):
        data.largest_batch(3)
    assert data.largest_eval_batch() is not None


def test_texts_that_change_while_they_are_read_are_told(tmp_path, tiny_model):
    pd.DataFrame({"n": range(61), "texto": [*TEXTS, ""]}).to_csv(tmp_path / "t.csv", index=False)
    data = loaded(str(tmp_path / "t.csv"), tiny_model)
    pd.DataFrame({"n": range(61), "texto": [*TEXTS, "mais"]}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(
        DataError, match=r"were changed while they were read: there were 60, and now there are 61"
    ):
        data.texts("train")


def test_texts_in_which_the_tokenizer_knows_nothing_are_told(tmp_path, tiny_model):
    path = write(tmp_path / "textos.txt", ["\ue000", "\ue001"])
    with pytest.raises(DataError, match="have no token: the tokenizer knows nothing in them"):
        loaded(path, tiny_model)


def test_without_a_model_or_its_tokenizer_it_is_told_which_class_wants_one(tmp_path):
    with pytest.raises(ConfigError, match=r"Give DomainTexts\(tokenizer=\.\.\.\)"):
        DomainTexts(write(tmp_path / "textos.txt")).setup("fit")


def test_longer_rows_than_the_model_reads_are_refused(tmp_path, tiny_model):
    with pytest.raises(ConfigError, match="max_length 65 is more than the model's 64 positions"):
        loaded(write(tmp_path / "textos.txt"), tiny_model, max_length=65)


def test_texts_in_capitals_have_the_tokens_of_small_letters_and_stay_as_they_are(tmp_path, tiny_model):
    texts = [text.upper() if number % 4 == 0 else text for number, text in enumerate(TEXTS)]
    plain = AutoTokenizer.from_pretrained(tiny_model)
    path = write(tmp_path / "textos.txt", texts)
    written = loaded(path, tiny_model, lower_capitals=False)
    data = loaded(path, tiny_model)
    assert data.tokens_of("train") < written.tokens_of("train")
    part = data.parts["train"]
    for text, row in zip(data.texts("train"), part.index, strict=True):
        assert part.tokens.ids(row, 99).tolist() == plain(text.lower())["input_ids"]
    assert read(data) == read(written)
    assert data.fingerprint() == written.fingerprint()
    broken = [facts["words"]["different"] for facts in (data.facts_of_text(), written.facts_of_text())]
    assert broken[0] == 0 < broken[1]
