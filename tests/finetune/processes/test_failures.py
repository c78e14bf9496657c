import os

import pytest
from lightning.pytorch import Trainer
from lightning.pytorch.plugins.precision import HalfPrecision
from torch.distributed import DistBackendError, DistNetworkError

from callbacks import EarlyStopping
from finetune.errors import DiskError, LostProcessError
from finetune.language.which import speaking
from finetune.processes.failures import REMEDIES, as_user_error


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(
            "[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:553] Connection closed by peer [127.0.0.1]:4758"
        ),
        RuntimeError(
            "[../third_party/gloo/gloo/transport/tcp/pair.cc:525] Read error: Connection reset by peer"
        ),
        DistBackendError(
            "NCCL error in: ProcessGroupNCCL.cpp:3356, remote process exited\nncclRemoteError: A call failed possibly "
            "due to a network error or a remote process exiting prematurely."
        ),
        DistNetworkError(
            "Failed to recv, got 0 bytes. Connection was likely closed: Connection reset by peer"
        ),
    ],
)
def test_what_follows_from_the_end_of_another_process_is_told_as_that(error):
    told = as_user_error(error)
    assert isinstance(told, LostProcessError)
    assert told.status == 1


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        RuntimeError("Connection reset by peer"),  # of somebody's own web service
        DistBackendError("NCCL error: ncclInvalidUsage: Duplicate GPU detected"),
    ],
)
def test_other_errors_keep_their_traceback(error):
    assert as_user_error(error) is None


@pytest.mark.parametrize("number", REMEDIES)
def test_a_disk_that_refuses_is_told_with_the_file_and_what_to_do_in_the_readers_language(number):
    error = OSError(number, os.strerror(number), "lightning_logs/x.ckpt")
    with speaking("pt"):
        told = str(as_user_error(error))
        assert told.startswith("lightning_logs/x.ckpt: ")
        assert os.strerror(number) not in told
        assert told.endswith("O que já tinha sido gravado fica.")
    assert isinstance(as_user_error(error), DiskError)


@pytest.mark.parametrize(
    ("number", "why"), [(5, "permission denied, or a program"), (32, "the file is in use")]
)
def test_a_file_that_a_program_of_windows_has_open_is_told_as_that(number, why):
    error = PermissionError(13, "Access is denied", ".saida.csv.x1", None, "saida.csv")
    error.winerror = number  # as it has it there
    told = str(as_user_error(error))
    assert told.startswith(f"saida.csv: {why}")
    assert "If a program such as Excel has it open, close it there. Else: Use another place" in told


def test_what_lightning_refuses_stands_behind_a_sentence_of_ours():
    with pytest.raises(Exception, match="precision") as caught:
        Trainer(accelerator="cpu", plugins=[HalfPrecision("16-true")], precision="bf16-mixed", logger=False)
    with speaking("pt"):
        told = str(as_user_error(caught.value))
    assert told.startswith(
        "o Trainer não consegue trabalhar com essas opções: mude a que é citada aqui. (mensagem do Lightning, em inglês: "
    )


def test_what_a_callback_refuses_is_told_in_the_language_of_whoever_shows_it():
    with pytest.raises(ValueError, match="patience") as caught:
        EarlyStopping("val/loss", mode="min", patience=0)
    told = as_user_error(caught.value)
    with speaking("pt"):
        assert "use 1 ou mais" in str(told)
    assert "give 1 or more" in str(told)
