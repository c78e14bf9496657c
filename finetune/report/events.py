"""The curves of a run, read from its TensorBoard files. Draws nothing."""

from pathlib import Path

Curve = tuple[tuple[int, float], ...]


def read_curves(folder: Path) -> dict[str, Curve]:
    """Returns the scalars that a run logged, by tag, as pairs of step and value; empty where there are no events.

    A run that was resumed has several files, and may have logged a step twice: the later one counts.
    """
    files = sorted(folder.glob("events.out.tfevents.*"))
    if not files:
        return {}
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found: dict[str, dict[int, float]] = {}
    for file in files:
        events = EventAccumulator(
            str(file), size_guidance={"scalars": 0, "images": 1, "histograms": 1, "tensors": 1}
        )
        events.Reload()  # what is damaged at the end of a file is skipped
        for tag in events.Tags()["scalars"]:
            found.setdefault(tag, {}).update({event.step: event.value for event in events.Scalars(tag)})
    return {tag: tuple(sorted(points.items())) for tag, points in found.items()}
