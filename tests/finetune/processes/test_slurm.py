from __future__ import annotations

from pathlib import Path

import pytest
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.pytorch.plugins.precision import HalfPrecision

from finetune.errors import ConfigError
from finetune.processes.slurm import cluster_plugins


@pytest.fixture
def slurm(monkeypatch, tmp_path):
    monkeypatch.setenv("SLURM_NTASKS", "1")
    monkeypatch.setenv("SLURM_JOB_NAME", "job")
    monkeypatch.chdir(tmp_path)


def test_elsewhere_nothing_is_added(monkeypatch):
    monkeypatch.delenv("SLURM_NTASKS", raising=False)
    assert cluster_plugins(None, None) == []
    assert cluster_plugins(["x"], None) == ["x"]


def test_under_slurm_lightning_requeues_nothing(slurm):
    own = HalfPrecision("16-true")
    (kept, added) = cluster_plugins(own, None)
    assert kept is own
    assert isinstance(added, SLURMEnvironment)
    assert added.auto_requeue is False
    given = SLURMEnvironment(auto_requeue=True)
    assert cluster_plugins([given], None) == [given]


def test_processes_that_torchrun_has_started_in_a_job_are_its_own(slurm, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "demo")  # by which torch knows
    assert cluster_plugins(None, None) == []


def test_a_checkpoint_that_lightning_would_begin_with_is_told(slurm, tmp_path):
    Path("hpc_ckpt_1.ckpt").touch()
    with pytest.raises(ConfigError, match=r"hpc_ckpt_1\.ckpt is a checkpoint that Lightning itself wrote"):
        cluster_plugins(None, None)
    (tmp_path / "other").mkdir()
    assert len(cluster_plugins(None, str(tmp_path / "other"))) == 1
