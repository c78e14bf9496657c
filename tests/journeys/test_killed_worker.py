"""Processes that make batches are killed in mid-training, as the system does where memory runs out."""

import gc
from pathlib import Path

import pytest
import torch
from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

from finetune.errors import WorkerError
from finetune.processes.failures import as_user_error

KILLER = """
import lightning.pytorch as pl, multiprocessing, os, signal, time

class Killer(pl.Callback):
    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if (trainer.current_epoch, batch_idx) == (self.epoch, 1):
            for worker in multiprocessing.active_children():  # those of the validation before are among them
                os.kill(worker.pid, signal.SIGKILL)
            time.sleep(1)  # all have ended: none is just handing a batch over
"""


@pytest.fixture
def forgotten():
    """What is left of killed workers never ends them: it may wait for ever for a lock that one of them held."""
    yield
    for each in gc.get_objects():
        if isinstance(each, _MultiProcessingDataLoaderIter):
            each._shutdown = True


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize(("epoch", "workers"), [(0, 1), (1, 2)])
def test_the_message_says_what_happened_and_what_was_saved_stays(finetune, table, capsys, epoch, workers):
    Path("matador.py").write_text(KILLER, encoding="utf-8")
    killer = ["--trainer.callbacks+=matador.Killer", f"--trainer.callbacks.epoch={epoch}"]
    options = [*killer, f"--data.num_workers={workers}", "--trainer.max_epochs=2"]
    assert finetune("fit", "--data.path", table, *options) == 2
    error = capsys.readouterr().err
    assert "a process that makes batches died. " in error
    assert "(torch said: DataLoader worker (pid" in error
    assert "memory was used up" in error
    assert "--data.num_workers 0" in error
    assert "Traceback" not in error
    assert "To go on:\n  finetune fit --run lightning_logs/version_0 --resume" in error
    if epoch == 0:
        assert not (Path("lightning_logs/version_0/checkpoints/last.ckpt")).exists()  # it begins again
    else:
        last = torch.load("lightning_logs/version_0/checkpoints/last.ckpt", weights_only=True)
        assert last["global_step"] == 18


@pytest.mark.parametrize("error", [ConnectionResetError(104, "Connection reset by peer"), EOFError()])
def test_a_worker_that_is_killed_while_it_hands_a_batch_over_is_told_alike(error):
    code = compile(
        "def receive(error):\n    raise error", "/site-packages/torch/utils/data/dataloader.py", "exec"
    )
    names = {}
    exec(code, names)
    with pytest.raises(type(error)) as caught:
        names["receive"](error)
    told = as_user_error(caught.value)
    assert isinstance(told, WorkerError)
    assert str(told).startswith("a process that makes batches died. ")
    assert as_user_error(type(error)("somebody's own service")) is None


def test_other_errors_are_not_mistaken_for_it():
    assert as_user_error(RuntimeError("mat1 and mat2 shapes cannot be multiplied")) is None
    within = RuntimeError("Caught RuntimeError in DataLoader worker process 0.\nOriginal Traceback ...")
    assert as_user_error(within) is None
    lost = as_user_error(RuntimeError("DataLoader worker (pid(s) 12, 13) exited unexpectedly"))
    assert isinstance(lost, WorkerError)
    assert "(torch said: DataLoader worker (pid(s) 12, 13) exited unexpectedly)" in str(lost)
