"""What two runs have the same if they are the same, and what of it is not, bit for bit. Starts no run."""

import hashlib
import json
from pathlib import Path
from typing import Any

LAST, BEST = Path("checkpoints/last.ckpt"), Path("checkpoints/best.ckpt")


def tensors_equal(a: Any, b: Any) -> bool:
    """Whether two nested states are equal, bit for bit."""
    import torch

    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and bool(torch.equal(bits(a), bits(b)))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(tensors_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(tensors_equal(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def bits(tensor: Any) -> Any:
    """Returns the bytes of a tensor: two NaNs are equal then, and 0 and -0 are not."""
    import torch

    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)


def pairs(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Returns every pair of step and value that was logged, in the order in which it was, as often as it was."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util.tensor_util import make_ndarray

    found: dict[str, list[tuple[int, float]]] = {}
    for file in sorted(run.glob("events.out.tfevents.*")):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "scalars":
                    number = float(make_ndarray(value.tensor).item())
                    found.setdefault(value.tag, []).append((event.step, number))
    return found


def content_of(checkpoint: Path) -> dict[str, Any]:
    """Returns all that a last.ckpt holds, in one file or in parts."""
    import torch
    from lightning.fabric.utilities.load import _load_distributed_checkpoint

    if checkpoint.is_file():
        return dict(torch.load(checkpoint, weights_only=True))
    found = _load_distributed_checkpoint(checkpoint)
    return found | {"optimizer_states": [found["optimizer_0"]]}


def facts_of(run: Path) -> dict[str, Any]:
    """Returns what two runs that are the same have the same."""
    import torch

    last = content_of(run / LAST)
    best = run / BEST
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return {
        "weights": last["state_dict"],
        "optimizer": last["optimizer_states"],
        "schedule": last["lr_schedulers"],
        "stopping step": [last["global_step"], last["epoch"]],
        "random states": last["exact_state"]["processes"],
        "step of best.ckpt": torch.load(best, weights_only=True)["global_step"],
        "SHA-256 of best.ckpt": hashlib.sha256(best.read_bytes()).hexdigest(),
        "logged pairs": pairs(run),
        "metrics": {part: metrics[part] for part in ("validation", "test")},
        "answers": (run / "predictions.csv").read_bytes(),
    }


def differences(reference: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Returns the names of what is not the same."""
    return [name for name, value in reference.items() if not tensors_equal(value, found[name])]
