"""scripts/slurm.sbatch, with an `srun` that starts the tasks of two nodes on this machine: no SLURM is here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.journeys.conftest import call

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "slurm.sbatch"

# One task on each of two nodes, with the variables that Lightning reads; SIGUSR1 to all of them, as `--signal` has it,
# once last.ckpt was written; the highest status, as srun's manual says
SRUN = """#!/usr/bin/env bash
while [[ $1 == --* ]]; do shift; done
tasks=()
for task in 0 1; do
    SLURM_PROCID=$task SLURM_LOCALID=0 SLURM_NODEID=$task "$@" >>"task_$task.log" 2>&1 &
    tasks+=($!)
done
if [[ ! -e told ]]; then
    until ls job_*/lightning_logs/version_0/checkpoints/last.ckpt 2>/dev/null; do
        kill -0 "${tasks[@]}" || break
        sleep 0.1
    done
    touch told
    kill -USR1 "${tasks[@]}"
fi
highest=0
for task in "${tasks[@]}"; do
    status=0; wait "$task" || status=$?
    ((status <= highest)) || highest=$status
done
exit $highest
"""
OPTIONS = """
--data.path dados.csv --model.name tiny --model.learning_rate 0.005 --data.effective_batch_size 8 --data.on_findings skip
--trainer.accelerator cpu --trainer.max_epochs 3 --last_checkpoint.every_n_steps 4 --resource_monitor null
--write_report false --baselines null --hardware_tier null
"""
SLURM = {
    "SLURM_JOB_ID": "4217",
    "SLURM_JOB_NAME": "finetune",
    "SLURM_NTASKS": "2",
    "SLURM_NTASKS_PER_NODE": "1",
    "SLURM_NNODES": "2",
    "SLURM_NODELIST": "127.0.0.1",
    "SLURM_CPUS_PER_TASK": "1",
}


def machine(folder: Path, *, srun: str) -> None:
    """Makes what the script finds on a cluster."""
    for name, text in {
        "bin/srun": srun,
        "bin/scontrol": '#!/bin/sh\necho "$@" >>requeued\n',
        "bin/finetune": f'#!/bin/sh\nexec "{sys.executable}" -m finetune "$@"\n',
        ".venv/bin/activate": "",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)


def environment(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, **SLURM, "PATH": path, "PYTHONPATH": str(ROOT)}


def job(folder: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    command = ["bash", SCRIPT, *options]
    return subprocess.run(command, cwd=folder, env=environment(folder), timeout=300, check=False)


def test_it_is_bash_and_says_what_slurm_is_to_do():
    subprocess.run(["bash", "-n", SCRIPT], check=True)
    wanted = re.findall(r"^#SBATCH --([a-z-]+)", SCRIPT.read_text(), flags=re.MULTILINE)
    assert {"nodes", "ntasks-per-node", "gpus-per-node", "time", "signal", "requeue", "open-mode"} <= set(
        wanted
    )
    assert "#SBATCH --signal=USR1@120" in SCRIPT.read_text()


def test_the_options_that_it_gives_exist(tmp_path, capsys):
    machine(tmp_path, srun='#!/bin/sh\nfor each; do echo "$each"; done >arguments\n')
    assert job(tmp_path, "--config", "demo").returncode == 0
    given = (tmp_path / "arguments").read_text().splitlines()
    assert given[:4] == ["--kill-on-bad-exit=1", "--wait=0", "finetune", "fit"]
    given = given[3:]
    assert given[given.index("--run") :][:3] == ["--run", "latest", "--resume"]
    assert call(tmp_path, tmp_path, *given, "--print_config") == 0
    trainer = yaml.safe_load(capsys.readouterr().out)["trainer"]
    assert (trainer["num_nodes"], int(trainer["devices"])) == (2, 1)
    assert trainer["default_root_dir"] == "job_4217"


@pytest.mark.proof
def test_a_job_is_told_to_stop_is_put_back_and_goes_on(script, tmp_path):
    assert script("prove/two_nodes_check").make(tmp_path) == 0
    machine(tmp_path, srun=SRUN)
    logs = [tmp_path / "task_0.log", tmp_path / "task_1.log"]
    assert job(tmp_path, *OPTIONS.split()).returncode == 75, [log.read_text() for log in logs]
    assert (tmp_path / "requeued").read_text() == "requeue 4217\n"
    assert "SIGUSR1" in logs[0].read_text()
    assert job(tmp_path, *OPTIONS.split()).returncode == 0, [log.read_text() for log in logs]
    assert "It goes on after step" in logs[0].read_text()
    run = tmp_path / "job_4217" / "lightning_logs" / "version_0"
    assert (run / "metrics.json").is_file()
    assert len(list(run.parent.iterdir())) == 1  # both tasks were of the same run
    assert not list(tmp_path.rglob("hpc_ckpt_*"))
    assert not (run / ".lock").exists()
