import lightning.pytorch as pl
import pandas as pd
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from finetune import TextClassifier, TextData
from finetune.data.domain_texts import DomainTexts
from finetune.errors import ConfigError
from finetune.tasks.batch import FILLER

ROWS = [(f"boi gado pasto {i}", "gado") if i % 2 else (f"chuva seca frio {i}", "clima") for i in range(40)]
FRAME = pd.DataFrame(ROWS, columns=["texto", "rotulo"])


KINDS = pytest.mark.parametrize("kind", [TextData, DomainTexts])
"""What both data modules have in common."""


def trainer():
    return pl.Trainer(max_steps=1, logger=False, enable_checkpointing=False, enable_progress_bar=False)


def test_one_table_serves_two_models_each_with_its_own_tokens(tiny_model, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.add_tokens(["boi gado"])
    model = AutoModel.from_pretrained(tiny_model)
    model.resize_token_embeddings(len(tokenizer))
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    data = TextData(FRAME)
    found = []
    for name in (str(tiny_model), str(tmp_path), str(tiny_model)):
        trainer().fit(TextClassifier(name), data)
        part = data.parts["train"]
        row = part.row.tolist().index(1)
        found.append(part.tokens.ids(part.index[row], 99).tolist())
    text = ROWS[1][0]
    plain = AutoTokenizer.from_pretrained(tiny_model)(text)["input_ids"]
    assert found == [plain, tokenizer(text)["input_ids"], plain]
    assert found[0] != found[1]


@KINDS
def test_batches_are_as_wide_as_the_contract_says(tiny_model, kind):
    data = kind(FRAME, pad_to=8, tokenizer=str(tiny_model), effective_batch_size=4)
    data.setup("fit")
    widths = {batch["input_ids"].shape[1] for batch in data.train_dataloader()}
    assert all(width % 8 == 0 for width in widths)


@KINDS
def test_the_order_follows_the_runs_seed_and_the_split_does_not(tiny_model, kind):
    orders, tests = [], []
    for seed in (1, 2, 1):
        pl.seed_everything(seed)
        data = kind(FRAME, tokenizer=str(tiny_model), effective_batch_size=4)
        data.setup("fit")
        orders.append([batch["row"].tolist() for batch in data.train_dataloader()])
        tests.append(data.parts["validation"].row.tolist())
    assert orders[0] == orders[2] != orders[1]
    assert tests[0] == tests[1] == tests[2]


@pytest.mark.parametrize(
    "setting", ["effective_batch_size", "pad_to", "eval_tokens", "max_length", "split_seed", "num_workers"]
)
@KINDS
def test_a_number_out_of_range_is_named(setting, kind):
    with pytest.raises(ConfigError, match=f"{setting} is -1"):
        kind(FRAME, **{setting: -1})


@KINDS
def test_workers_give_the_same_batches(tiny_model, kind):
    rows = []
    for workers in (0, 2):
        data = kind(FRAME, tokenizer=str(tiny_model), num_workers=workers, effective_batch_size=8)
        data.setup("fit")
        rows.append([batch["row"].tolist() for batch in data.train_dataloader()])
    assert rows[0] == rows[1]


def test_the_largest_batches_are_real_rows_and_follow_the_cut(tiny_model):
    texts = [(" ".join(["boi"] * (i + 1)), "gado" if i % 2 else "clima") for i in range(40)]
    data = TextData(
        pd.DataFrame(texts, columns=["texto", "rotulo"]),
        tokenizer=str(tiny_model),
        effective_batch_size=8,
        eval_tokens=100,
        split_seed=1,
    )
    data.setup("fit")
    longest = int(data.parts["train"].lengths(99).max())
    whole, cut, short = data.largest_batch(1), data.largest_batch(8), data.largest_batch(8, shorten=2)
    assert int(whole["attention_mask"].sum(1).max()) == longest
    assert (whole["input_ids"].shape[0], cut["input_ids"].shape[0]) == (8, 1)
    assert cut["input_ids"].shape[1] == whole["input_ids"].shape[1]
    assert short["input_ids"].shape[1] == cut["input_ids"].shape[1] // 2
    assert set(whole["labels"].tolist()) <= {0, 1}
    evaluation = data.largest_eval_batch()
    rows, width = evaluation["input_ids"].shape
    assert (rows - 1) * width < 100
    assert data.tokens_of("train") == int(data.parts["train"].lengths(99).sum())
    assert data.tokens_of("predict") == 0


def test_without_rows_to_evaluate_there_is_no_largest_batch_of_them(tiny_model):
    data = TextData(FRAME, tokenizer=str(tiny_model), validation_fraction=0.1, test_fraction=0)
    data.setup("fit")
    data.parts.clear()
    assert data.largest_eval_batch() is None


def test_rows_can_be_looked_at_once_some_of_each_class(tiny_model):
    data = TextData(FRAME, tokenizer=str(tiny_model))
    data.setup("fit")
    every = [row for batch in data.once("train") for row in batch["row"].tolist()]
    assert sorted(every) == sorted(data.parts["train"].row.tolist())
    few = list(data.once("train", most=6))
    assert sum(len(batch["row"]) for batch in few) == 6
    assert {label for batch in few for label in batch["labels"].tolist()} == {0, 1}
    assert {row for batch in few for row in batch["row"].tolist()} < set(every)


@KINDS
def test_batches_suit_the_device_and_what_was_asked_for_wins(tiny_model, kind):
    data = kind(FRAME, tokenizer=str(tiny_model))
    data.setup("fit")
    assert (data.pad_to, data.eval_tokens) == (4, 2048)
    data.eval_tokens = 1024  # as HardwareTier does where memory is short
    data.setup("fit")
    assert data.eval_tokens == 1024
    data.device_type = "cuda"
    data.setup("fit")
    assert (data.pad_to, data.eval_tokens) == (8, 8192)
    asked = kind(FRAME, tokenizer=str(tiny_model), pad_to=2, eval_tokens=100)
    asked.setup("fit")
    assert (asked.pad_to, asked.eval_tokens) == (2, 100)


def test_each_checkpoint_keeps_a_fingerprint_that_is_computed_once(tiny_model, monkeypatch):
    from finetune.data import module

    computed, real = [], module.fingerprint
    monkeypatch.setattr(module, "fingerprint", lambda *given: computed.append(1) or real(*given))
    data = TextData(FRAME, tokenizer=str(tiny_model))
    data.setup("fit")
    assert data.state_dict() == data.state_dict() == {"fingerprint": data.fingerprint()}
    assert len(computed) == 1
    other = TextData(FRAME.replace("gado", "corte"), tokenizer=str(tiny_model))
    other.setup("fit")
    assert other.state_dict() != data.state_dict()


def test_a_fingerprint_is_of_all_tables_that_were_loaded(tiny_model):
    data = TextData(FRAME, test_path=FRAME[:9], validation_path=FRAME[9:20], tokenizer=str(tiny_model))
    data.setup("validate")
    before = data.fingerprint()
    data.setup("fit")
    assert data.fingerprint() != before


def test_it_says_where_the_rows_of_a_batch_stand(tiny_model, tmp_path):
    FRAME.to_csv(tmp_path / "dados.csv", index=False)
    data = TextData(tmp_path / "dados.csv", tokenizer=str(tiny_model))
    data.setup("fit")
    rows = {"row": torch.tensor([42, FILLER, 1, 17])}
    assert data.whereabouts(rows) == f"{tmp_path / 'dados.csv'}, lines 3, 19 and 44"
    assert data.whereabouts({"row": torch.tensor([FILLER])}) == "a batch without a row that counts"


def test_texts_in_capitals_have_the_tokens_of_small_letters_and_stay_as_they_are(tiny_model):
    rows = [(text.upper() if number % 4 == 0 else text, label) for number, (text, label) in enumerate(ROWS)]
    table = pd.DataFrame(rows, columns=["texto", "rotulo"])
    plain = AutoTokenizer.from_pretrained(tiny_model)
    data = TextData(table, predict_path=table, tokenizer=str(tiny_model), lower_capitals=True)
    data.setup("fit")
    for name, part in data.parts.items():
        for text, index in zip(data.texts(name), part.index, strict=True):
            assert part.tokens.ids(index, 99).tolist() == plain(text.lower())["input_ids"]
    assert sorted(text for part in data.parts for text in data.texts(part)) == sorted(table.texto)
    data.setup("predict")
    longest = [plain(text.lower())["input_ids"] for text in table.texto]
    for batch in data.predict_dataloader():
        for row, ids in zip(batch["row"].tolist(), batch["input_ids"].tolist(), strict=True):
            assert ids[: len(longest[row])] == longest[row]
    assert data.longest.tokens.lengths.max() == max(map(len, longest))
    assert data.tokens_of("train") < sum(
        len(plain(text)["input_ids"]) for text in data.texts("train")
    )  # letter by letter
