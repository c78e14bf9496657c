"""Which checkpoint is gone on from, and what is told where none can be."""

import pytest

from callbacks.saving.checksum import record
from finetune.errors import ConfigError
from finetune.runs.checkpoints import whole_checkpoint
from finetune.runs.folder import LAST
from finetune.runs.saved import saved_facts


@pytest.mark.parametrize(
    ("config", "command"), [("model: {loss: auto}", "fit"), ("model: {objective: masked_words}", "adapt")]
)
def test_where_none_is_whole_the_command_that_trains_it_anew_is_told(tmp_path, config, command):
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
    (tmp_path / LAST).parent.mkdir()
    (tmp_path / LAST).write_bytes(b"whole")
    record({tmp_path / LAST: ["0" * 64]})
    anew = f"finetune {command} --config {tmp_path / 'config.yaml'}"
    with pytest.raises(ConfigError) as error:
        whole_checkpoint(tmp_path)
    assert anew in str(error.value)
    with pytest.raises(ConfigError) as error:
        saved_facts(tmp_path / LAST, to_go_on=True, command=command)
    assert anew in str(error.value)
