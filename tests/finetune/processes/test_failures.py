import pytest
from torch.distributed import DistBackendError, DistNetworkError

from finetune.errors import LostProcessError
from finetune.processes.failures import as_user_error


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
