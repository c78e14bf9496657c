"""SLURM without Lightning's own way of going on: `finetune fit --run RUN --resume` has another. Requeues nothing."""

from pathlib import Path

from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment

from finetune.errors import ConfigError


def cluster_plugins(given: object, root: str | None) -> list[object]:
    """Returns the Trainer's plug-ins, under SLURM with its environment set to leave checkpoints and requeueing to us.

    Where torchrun has started the processes of a SLURM job, it alone knows their numbers: SLURM counts torchruns.

    Lightning would write `hpc_ckpt_N.ckpt` into the current folder at a signal, and later begin every new training
    there with it, without a word.

    Args:
        given: The plug-ins that the user gave: one, several, or none.
        root: `default_root_dir` of the Trainer; the current folder when None.

    Raises:
        ConfigError: if there is such a checkpoint.
    """
    plugins = list(given) if isinstance(given, list) else [] if given is None else [given]
    if not SLURMEnvironment.detect():
        return plugins
    found = sorted(Path(root or ".").glob("hpc_ckpt_*.ckpt"))
    if found:
        raise ConfigError(
            "{path} is a checkpoint that Lightning itself wrote under SLURM, and would begin this training with. Move "
            "it elsewhere, or give it with --ckpt_path.",
            path=found[0],
        )
    if TorchElasticEnvironment.detect() or any(isinstance(plugin, ClusterEnvironment) for plugin in plugins):
        return plugins
    return [*plugins, SLURMEnvironment(auto_requeue=False)]
