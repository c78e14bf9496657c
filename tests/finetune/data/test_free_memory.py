import platform

import psutil
import pytest

from finetune.data.free_memory import give_back


def test_what_is_free_goes_back_to_the_system():
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("only glibc has malloc_trim")
    process = psutil.Process()
    pieces = [b"x" * (2000 + number % 2) for number in range(50_000)]
    kept = pieces[::1000]  # what stays in use keeps the heap from shrinking by itself
    full = process.memory_info().rss
    del pieces
    give_back()
    assert len(kept) == 50
    assert process.memory_info().rss < full - 50 * 2**20
