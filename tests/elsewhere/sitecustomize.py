"""Makes our packages see another system, in this process and in those that it starts: Windows (`FINETUNE_SYSTEM=win32`)
or macOS (`darwin`). Python reads this file when it begins, where its folder is on `PYTHONPATH`.

Only what is asked from within `finetune` and `callbacks` is hidden: the libraries have ways of their own there. What a
system does by itself, such as its console and its file names, is not shown here.
"""

import ctypes
import multiprocessing
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
from types import ModuleType

SYSTEM = os.environ["FINETUNE_SYSTEM"]
WINDOWS = SYSTEM == "win32"
NO_MODULES = (
    {"fcntl", "resource", "pwd", "grp", "termios", "tty", "readline", "posix"} if WINDOWS else {"msvcrt"}
)
OF_POSIX = {
    "os": "fork forkpty register_at_fork getuid geteuid getgid getpgid setsid killpg kill wait WNOHANG O_NOFOLLOW "
    "O_DIRECTORY O_CLOEXEC statvfs sysconf uname nice fchmod chown mkfifo pread posix_fallocate getloadavg",
    "signal": "SIGHUP SIGKILL SIGUSR1 SIGUSR2 SIGCHLD SIGALRM SIGPIPE SIGQUIT SIGSTOP SIGCONT SIGTSTP alarm setitimer "
    "pthread_sigmask pause",
    "sys": "",
}
NO_NAMES = {module: names.split() if WINDOWS else [] for module, names in OF_POSIX.items()}
NO_NAMES["os"].append("sched_getaffinity")
OTHER: dict[tuple[str, str], object] = {("sys", "platform"): SYSTEM}
if WINDOWS:
    OTHER["os", "name"] = "nt"


def asked_by_us() -> bool:
    name = sys._getframe(2).f_globals.get("__name__", "")
    return name.partition(".")[0] in ("finetune", "callbacks")


def hide(module: ModuleType) -> None:
    """Has a module keep some names from us."""
    of_it = {name: value for (where, name), value in OTHER.items() if where == module.__name__}
    kept = {
        name: module.__dict__.pop(name)
        for name in [*NO_NAMES[module.__name__], *of_it]
        if name in vars(module)
    }

    class Hiding(ModuleType):
        def __getattr__(self, name: str) -> object:
            if name not in kept or (asked_by_us() and name not in of_it):
                raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
            return of_it[name] if asked_by_us() else kept[name]

        def __setattr__(
            self, name: str, value: object
        ) -> None:  # a test's, or a library's, patch of what is hidden
            if name in kept:
                kept[name] = value
            else:
                super().__setattr__(name, value)

    module.__class__ = Hiding


real_import, real_open = __import__, pathlib.Path.open


def importing(name, globals=None, locals=None, fromlist=(), level=0):
    ours = (globals or {}).get("__name__", "").partition(".")[0] in ("finetune", "callbacks")
    if ours and WINDOWS and name == "msvcrt":
        return real_import("locking_of_windows")
    if ours and name.partition(".")[0] in NO_MODULES:
        raise ImportError(f"No module named {name!r}")
    return real_import(name, globals, locals, fromlist, level)


def no_proc() -> None:
    """`/proc` is not there for those who ask by `Path`, which psutil, whose own way differs, does not."""
    for name in ("exists", "is_file", "is_dir"):
        real = getattr(pathlib.Path, name)
        setattr(pathlib.Path, name, lambda self, real=real: not str(self).startswith("/proc") and real(self))

    def opening(self, *arguments, **options):
        if str(self).startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory", str(self))
        return real_open(self, *arguments, **options)

    pathlib.Path.open = opening


def open_here() -> set[str]:
    """The files that this process has open or mapped."""
    found = set()
    for number in pathlib.Path("/proc/self/fd").iterdir():
        try:
            found.add(str(number.readlink()))
        except OSError:
            continue
    with real_open(pathlib.Path("/proc/self/maps"), encoding="utf-8", errors="replace") as lines:
        fields = [line.split(maxsplit=5) for line in lines]
    return found | {each[5].strip() for each in fields if len(each) > 5}


def refuse_open() -> None:
    """Windows neither removes nor replaces a file that is open, nor renames a folder in which one is.

    A scanner opens each new file for a moment: the first time that one is to be moved it is refused.
    """
    root = os.path.realpath(os.environ["FINETUNE_PLACE"])
    shutil._use_fd_functions = False

    scanned = set()

    def refusing(function, moves=True):
        def checked(*paths, **options):
            for path in map(os.path.abspath, map(os.fspath, paths)):
                if path.startswith(root):
                    held = [file for file in open_here() if file == path or file.startswith(path + os.sep)]
                    if held:
                        raise PermissionError(13, "it is used by another process", held[0])
            place = pathlib.Path(paths[0]).absolute()
            if moves and place.is_relative_to(root) and place.stat().st_ino not in scanned:
                scanned.add(place.stat().st_ino)
                raise PermissionError(13, "a scanner looks into it", str(place))
            return function(*paths, **options)

        return checked

    os.unlink, os.rename, os.replace = (
        refusing(os.unlink, moves=False),
        refusing(os.rename),
        refusing(os.replace),
    )
    os.remove = os.unlink


def like_windows() -> None:
    refuse_open()
    real_library, real_popen = ctypes.CDLL.__init__, subprocess.Popen.__init__

    def library(self, name, *arguments, **options):
        if name is None and asked_by_us():
            raise TypeError("there is no program itself to look into on Windows")
        real_library(self, name, *arguments, **options)

    def popen(self, *arguments, preexec_fn=None, **options):
        if preexec_fn is not None:
            raise ValueError("preexec_fn is not supported on Windows platforms")
        real_popen(self, *arguments, **options)

    ctypes.CDLL.__init__, subprocess.Popen.__init__ = library, popen
    import psutil

    real_memory = psutil.Process.memory_info

    def memory(self):
        class Info:
            rss = real_memory(self).rss
            peak_wset = rss

        return Info()

    psutil.Process.memory_info = memory


platform.libc_ver = lambda *_, **__: ("", "")
no_proc()
if WINDOWS:
    like_windows()
multiprocessing.set_start_method("spawn", force=True)
__builtins__["__import__"] = importing
for each in (os, signal, sys):
    hide(each)
