"""`finetune ...` in a process group of its own, which can be killed as a whole: started, looked at, waited for."""

import os
import subprocess
import sys
from pathlib import Path


def start(arguments: list[str], folder: Path, *, forked: bool, environment: dict[str, str]) -> int:
    """Starts `finetune ...` there, as a user does or forked from this process; returns its process number."""
    log = folder / "log.txt"
    if not forked:
        with log.open("ab") as file:
            return subprocess.Popen(
                [sys.executable, "-m", "finetune", *arguments],
                cwd=folder,
                env={**os.environ, **environment},
                stdout=file,
                stderr=file,
                start_new_session=True,
            ).pid
    number = os.fork()
    if number == 0:
        status = 1
        try:
            os.setsid()
            os.chdir(folder)
            os.environ.update(environment)
            handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(handle, 1)
            os.dup2(handle, 2)
            sys.argv = ["finetune", *arguments]
            from finetune.__main__ import main

            status = main(arguments)
        except SystemExit as error:
            status = int(error.code or 0)
        finally:
            os._exit(status)
    return number


def end(number: int) -> int:
    """Waits for a process and returns its exit status, below 0 for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def ended(number: int) -> bool:
    """Whether a process has ended; it is not collected."""
    return os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
