import pytest

from finetune.commands.export.processor import UNKNOWN, by_linux, has_vnni, processor

INTEL = "processor\t: 0\nmodel name\t: Xeon(R) Gold\nflags\t\t: fpu avx2 avx512_vnni\n"
OLDER = "model name\t: i5\nflags\t\t: fpu avx2\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp\n"


@pytest.mark.parametrize(
    ("content", "name", "vnni"),
    [(INTEL, "Xeon(R) Gold", "yes"), (OLDER, "i5", "no"), (ARM, "", "yes"), ("", "", UNKNOWN)],
)
def test_the_processor_is_read_off_what_linux_says(tmp_path, content, name, vnni):
    (tmp_path / "cpuinfo").write_text(content)
    said, flags = by_linux(tmp_path / "cpuinfo")
    assert (said, has_vnni(flags)) == (name, vnni)


def test_this_one_has_a_name_and_an_answer():
    found = processor()
    assert found["vnni"] in ("yes", "no", UNKNOWN)
    assert all(found.values())
