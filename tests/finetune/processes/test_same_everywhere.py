import pytest

from finetune.errors import ConfigError
from finetune.processes.same_everywhere import check_same


def process(host, rate=0.1, torch="2.13.0", content="a"):
    options = {"model": {"learning_rate": rate}}
    return host, {"options": options, "versions": {"torch": torch}, "tables": {"SHA-256": content}}


def test_what_is_the_same_everywhere_passes():
    check_same([process("maquina1"), process("maquina1"), process("maquina2")])


def test_every_difference_of_every_process_is_told_at_once():
    with pytest.raises(ConfigError) as error:
        check_same(
            [process("maquina1"), process("maquina2", 0.2, "2.12.0"), process("maquina3", content="b")]
        )
    assert str(error.value) == (
        "the first process and process 1 (on maquina2) have other options: model.learning_rate 0.1 and 0.2; "
        "the first process and process 1 (on maquina2) have other versions: torch '2.13.0' and '2.12.0'; "
        "the first process and process 2 (on maquina3) have other tables: SHA-256 'a' and 'b'. "
        "Start all with the same command, in the same environment, with the same files."
    )
