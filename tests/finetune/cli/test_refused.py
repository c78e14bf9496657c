"""A wrong option is one sentence: the option, what was given, what is possible; in the reader's language."""

from typing import Literal

import pytest
from lightning.pytorch import Callback
from lightning.pytorch.loggers import Logger
from lightning.pytorch.plugins import CheckpointIO
from lightning.pytorch.plugins.precision import Precision

from callbacks.early_stopping import EarlyStopping
from finetune.cli.parser import Parser
from finetune.cli.plain_parser import PlainParser
from finetune.cli.refused import told
from finetune.errors import ConfigError
from finetune.language.which import speaking


@pytest.fixture(scope="module")
def parser():
    made = Parser(prog="finetune fit")
    made.add_argument("--config", action="config")
    for name, kind in {
        "trainer.max_epochs": int | None,
        "trainer.clip": int | float | None,
        "model.rate": float,
        "model.freeze": bool,
        "model.labels": list[str] | None,
        "trainer.deterministic": bool | Literal["warn"] | None,
        "trainer.fast": int | bool,
        "on_nan": Literal["stop", "skip"],
        "early_stopping": EarlyStopping | None,
        "trainer.logger": Logger | None,
        "trainer.plugins": Precision | list[Precision | CheckpointIO] | None,
        "trainer.callbacks": list[Callback] | Callback | None,
    }.items():
        made.add_argument(f"--{name}", type=kind)
    for name in ("task", "data.task"):
        made.add_argument(f"--{name}", type=str, default="auto")
    made.link_arguments("task", "data.task")
    return made


SAID = {
    ("--trainer.max_epochs", "0,5"): '--trainer.max_epochs cannot be "0,5": give a whole number or null.',
    ("--trainer.clip", "muito"): '--trainer.clip cannot be "muito": give a number or null.',
    ("--model.rate", "0,5"): '--model.rate cannot be "0,5": give a number. Write it with a point: 0.5.',
    ("--model.freeze", "sim"): '--model.freeze cannot be "sim": give true or false.',
    ("--model.labels", "3"): '--model.labels cannot be "3": give a list such as [a, b] or null.',
    ("--trainer.deterministic", "warm"): (
        '--trainer.deterministic cannot be "warm": give true, false, warn or null. Did you mean "warn"?'
    ),
    ("--trainer.fast", "x"): '--trainer.fast cannot be "x": give a whole number, true or false.',
    ("--on_nan", "nada"): '--on_nan cannot be "nada": give stop or skip.',
    ("--on_nan",): "--on_nan needs a value.",
    ("--data.task", "ordinal"): "--data.task is given as --task.",
    ("--help=x",): "--help takes no value.",
    ("--trainer.max_epoch", "3"): (
        'there is no option "trainer.max_epoch". Did you mean "trainer.max_epochs"?'
    ),
    ("--soja", "3", "--milho"): 'there is no option "soja". there is no option "milho".',
    ("soja",): '"soja" belongs to no option: a value stands behind its option.',
    ("dados.csv",): (
        '"dados.csv" belongs to no option: a value stands behind its option. Did you mean --data.path dados.csv? A name '
        "with blanks stands in quotes."
    ),
    ("--early_stopping", "nada"): (
        '--early_stopping cannot be "nada": give a class of kind EarlyStopping (package.module.Class) or null.'
    ),
    ("--early_stopping", "callbacks.EarlyStopping", "--early_stopping.patience", "x"): (
        '--early_stopping.patience cannot be "x": give a whole number.'
    ),
    ("--early_stopping", "callbacks.EarlyStopping", "--early_stopping.patienc", "3"): (
        'there is no option "early_stopping.patienc". Did you mean "early_stopping.patience"?'
    ),
    ("--early_stopping", "callbacks.EarlyStoping"): (
        '--early_stopping callbacks.EarlyStoping: there is no "EarlyStoping" in callbacks. Did you mean '
        '"callbacks.EarlyStopping"?'
    ),
    ("--trainer.callbacks+=nada.Nada",): (
        '--trainer.callbacks nada.Nada: there is no module "nada". Is it spelt right, and installed or in this folder?'
    ),
    ("--trainer.callbacks+=finetune.data.module.TextData",): (
        '--trainer.callbacks cannot be "finetune.data.module.TextData": give a list such as [a, b], a class of kind '
        "Callback (package.module.Class) or null."
    ),
    ("--trainer.logger", "lightning.pytorch.loggers.CSVLogger"): (
        "--trainer.logger: lightning.pytorch.loggers.CSVLogger needs --trainer.logger.save_dir."
    ),
}


@pytest.mark.parametrize("argv", SAID, ids=" ".join)
def test_what_was_given_and_what_is_possible(parser, argv):
    with pytest.raises(ConfigError) as error:
        parser.parse_args(argv)
    assert str(error.value) == SAID[argv]
    assert error.value.__notes__ == ["finetune fit --help lists all options."]


FILES = {
    "trainer:\n  max_epochs: '0,5'\n": '--trainer.max_epochs não pode ser "0,5": use um número inteiro ou null.',
    "trainer:\n  max_epoch: 3\n": 'não existe a opção "trainer.max_epoch". Você quis dizer "trainer.max_epochs"?',
    "early_stopping:\n  class_path: callbacks.EarlyStopping\n  init_args:\n    patience: x\n": (
        '--early_stopping.patience não pode ser "x": use um número inteiro.'
    ),
    "trainer:\n  plugins:\n  - class_path: finetune.nada.X\n": (
        '--trainer.plugins finetune.nada.X: não há "nada" em finetune.'
    ),
    "trainer:\n  plugins:\n  - class_path: finetune.fsdp2.FSDP2Strategy\n": (
        "--trainer.plugins finetune.fsdp2.FSDP2Strategy: "
    ),
    "trainer:\n  callbacks:\n  - class_path: callbacks.EarlyStopping\n    init_args:\n      patienc: 3\n": (
        'não existe a opção "trainer.callbacks.patienc". Você quis dizer "trainer.callbacks.patience"?'
    ),
    "trainer:\n  max_epochs: 3\n   fast: 1\n": "meu.yaml: o arquivo não é um YAML válido (linha 3). ",
    "soja\n": "meu.yaml não traz opções: ",
}


@pytest.mark.parametrize("content", FILES)
def test_a_file_is_told_alike_in_portuguese(parser, content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "meu.yaml").write_text(content)
    with speaking("pt"), pytest.raises(ConfigError) as error:
        parser.parse_args(["--config=meu.yaml"])
    with speaking("pt"):
        assert str(error.value).startswith(FILES[content])


def test_a_group_of_options_is_none_itself():
    message = 'Parser key "data":\nUnable to load config \'dados.csv\'\n  - Parser key "data": Unable to load config'
    said = "--data stands for several options, such as --data.path: give them one by one."
    assert str(told(message, ["seed", "data", "data.path", "data.reader"])) == said


def test_what_is_not_understood_is_shown_behind_a_sentence_of_ours():
    said = "não dá para usar essas opções. (mensagem do jsonargparse, em inglês: Some new message)"
    with speaking("pt"):
        assert str(told("Some new message", [])) == said


def test_a_plain_parser_speaks_alike_and_has_its_headings_in_the_readers_language():
    with speaking("pt"):
        parser = PlainParser(prog="finetune runs")
        parser.add_subparsers(dest="action", metavar="{delete}").add_parser("delete").add_argument(
            "names", nargs="+"
        )
        text = parser.format_help()
        for argv, said in {
            ("dele",): '"dele" não é possível aqui: use delete.',
            ("delete",): "falta isto: names.",
            ("--halp",): 'não existe a opção "halp". Você quis dizer "help"?',
        }.items():
            with pytest.raises(ConfigError) as error:
                parser.parse_args(argv)
            assert str(error.value) == said
    for word in ("uso: finetune runs", "argumentos:", "opções:", "mostra esta ajuda e termina"):
        assert word in text
