import struct

import numpy as np
import pytest

from finetune.pretrained.embedded_format import decode, dequantize


def test_a_block_is_a_scale_and_two_halves():
    # the byte 0x5f holds 15 in its low half (weight 0) and 5 in its high one (weight 16); 8 stands for zero
    raw = struct.pack("<e", 0.5) + bytes([0x5F] + [0x88] * 15)
    weights = dequantize(raw)
    expected = np.zeros(32, dtype=np.float32)
    expected[0], expected[16] = (15 - 8) * 0.5, (5 - 8) * 0.5
    np.testing.assert_array_equal(weights, expected)


def test_another_file_is_refused_by_its_first_bytes():
    with pytest.raises(ValueError, match=r"starts with b'PK.*, not with b'E5S1'"):
        decode(b"PK\x03\x04 something else")


def test_another_block_size_is_refused():
    header = b"E5S1" + struct.pack("<I7ifi", 1, 384, 12, 12, 1536, 100, 512, 2, 1e-12, 64)
    with pytest.raises(ValueError, match="blocks of 64 weights, not 32"):
        decode(header)
