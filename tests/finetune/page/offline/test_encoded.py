"""Bytes as letters of a page: the same when they are read again, and nearly as few."""

import random
import re

import pytest

from finetune.page.offline.encoded import encoded

EVERY = bytes(range(256))


def decoded(content):
    """As the script reads them."""
    return re.sub(rb"=(.)", lambda found: bytes([(found[1][0] - 64) % 256]), content, flags=re.DOTALL)


@pytest.mark.parametrize("content", [b"", EVERY, EVERY[::-1] * 3, b"===<<<\r\n\0", b"</script><!--", b"|=@M"])
def test_bytes_come_back_as_they_were_and_html_changes_none(content):
    made = encoded(content)
    assert decoded(made) == content
    assert not re.search(rb"[\x00\r<]", made)


def test_what_is_packed_hardly_grows():
    packed = random.Random(0).randbytes(200_000)
    assert len(encoded(packed)) < 1.02 * len(packed)
