"""How a plan is told: a table of 80 columns in English and Portuguese, and Markdown. `plan_record` has its values."""

from typing import Any

from callbacks.hardware.limits import GIB
from callbacks.hardware.plan import Decision, Plan
from callbacks.hardware.tiers import TIERS, Requirement, requirements
from callbacks.hardware.words import WAYS, WHY, WORDS
from callbacks.language.numbers import localized
from callbacks.language.which import Language

NEARLY_ALL = 0.75
"""Share of a card that weights, gradients and averages must not fill: activations need the rest."""

BYTES_A_PARAMETER = 16
"""Weight, gradient and AdamW's two averages, four bytes each (Rajbhandari et al., arXiv 1910.02054, section 3.1)."""


def gib(size: float) -> str:
    """Returns bytes in GiB with as many digits as matter."""
    return f"{size / GIB:.1f}" if size >= 10 * GIB else f"{size / GIB:.2f}"


def table(plan: Plan, language: Language) -> str:
    """Returns the plan in lines of at most 80 columns: machine, tier, who decided what, memory."""
    rows = [*_machine(plan, language), *_tier(plan, language), *_decisions(plan, language)]
    return localized("\n".join([*rows, *_memory(plan, language)]), language, leave=plan.machine.device.name)


def _machine(plan: Plan, language: Language) -> list[str]:
    words, machine = WORDS[language], plan.machine
    memory = words["free"].format(free=machine.free_memory_bytes / GIB, total=machine.memory_bytes / GIB)
    cores = f"{machine.cores:g} {words['cores']}, {words['memory']} {memory}"
    if not machine.is_gpu:
        return wrapped(f"{machine.device.name}: {cores}, {words['no_gpu']}", f"{words['machine']:<10}")
    device = machine.device
    count = f"{machine.devices} x " if machine.devices > 1 else ""
    free = words["free"].format(free=device.free_bytes / GIB, total=device.total_bytes / GIB)
    return [f"{words['machine']:<10}{count}{device.name}: {free}", f"{'':<10}{cores}"]


def _tier(plan: Plan, language: Language) -> list[str]:
    words, place = WORDS[language], TIERS.index(plan.tier)
    above = plan.tier.parameters_below == float("inf")
    limit = TIERS[place - 1].parameters_below if above else plan.tier.parameters_below
    title = words["millions"].format(
        tier=words[plan.tier.name],
        limit=words["above" if above else "up_to"].format(limit=limit / 1e6),
        parameters=plan.parameters / 1e6,
        trainable=plan.trainable / 1e6,
    )
    rows = wrapped(title, f"{words['tier']:<10}")
    rows.append(f"{'':<26}{words['advised']:>10}{words['here']:>12}")
    for requirement in requirements(plan.tier, plan.machine):
        verdict = words["met"] if requirement.met else words["unmet"]
        rows.append(
            f"{'':<10}{words[requirement.what]:<16}{_advised(requirement):>10}"
            f"{_here(requirement, words):>12}  {verdict}"
        )
    need = BYTES_A_PARAMETER * plan.parameters
    if need > NEARLY_ALL * plan.tier.gpu_memory_gb * GIB:
        text = words["full_card"].format(
            parameters=plan.parameters / 1e6, need=need / GIB, card=plan.tier.gpu_memory_gb
        )
        rows += wrapped(text)
    return rows


def _advised(requirement: Requirement) -> str:
    return f"{requirement.advised:g}" if requirement.what == "cores" else f"{requirement.advised:g} GB"


def _here(requirement: Requirement, words: dict[str, str]) -> str:
    if requirement.what == "cores":
        return f"{requirement.here:g}"
    return f"{requirement.here:.1f} GiB" if requirement.here else words["none"]


def _decisions(plan: Plan, language: Language) -> list[str]:
    words = WORDS[language]
    rows = [f"{words['plan']:<36}{words['decided']}"]
    lines: list[tuple[str, Decision[Any]]] = [
        ("precision", plan.precision),
        ("micro_batches", plan.accumulation),
        ("checkpointing", plan.checkpointing),
    ]
    if plan.eval_tokens is not None:
        lines.append(("evaluation_tokens", plan.eval_tokens))
    for name, decision in lines:
        value = words["on" if decision.value else "off"] if name == "checkpointing" else str(decision.value)
        rows += wrapped(decided(decision, language), f"  {words[name]:<22}{value:<12}")
    return rows


def decided(decision: Decision[Any], language: Language) -> str:
    """Returns who decided, and why."""
    why = WHY[language].get(decision.why, decision.why)
    who = WORDS[language][decision.by]
    return f"{who}: {why}" if why else who


def _memory(plan: Plan, language: Language) -> list[str]:
    words = WORDS[language]
    rows = []
    if plan.batch_shape is not None and plan.step_rows is not None:
        parts = plan.accumulation.value
        several = plan.processes > 1
        which = (
            ("rows" if several else "rows_one") if parts > 1 else "rows_shared" if several else "rows_whole"
        )
        text = words[which].format(
            rows=plan.step_rows,
            parts=parts,
            processes=plan.processes,
            shape=" x ".join(map(str, plan.batch_shape)),
        )
        rows += wrapped(text, f"{words['step']:<10}")
    estimate = plan.estimate
    if estimate is None:
        why = WHY[language][plan.no_estimate] + (f" ({plan.estimate_error})" if plan.estimate_error else "")
        return [*rows, *wrapped(why, f"{words['memory']:<10}")]
    parts_of = {
        "weights": estimate.weights_bytes,
        "gradients": estimate.gradients_bytes,
        "optimizer": estimate.optimizer_bytes,
        "buckets": estimate.buckets_bytes,
        "activations": estimate.activations_bytes,
    }
    total = ", ".join(f"{words[name]} {gib(size)}" for name, size in parts_of.items() if size)
    rows += wrapped(f"{gib(estimate.peak_bytes)} GiB: {total}", f"{words['memory']:<10}")
    if plan.evaluation_bytes:
        rows += wrapped(words["evaluation"].format(peak=gib(plan.evaluation_bytes)))
    most = max(estimate.peak_bytes, plan.evaluation_bytes)
    verdict = words["fits" if plan.fits else "fits_not"]
    text = words["of_budget"].format(peak=gib(most), budget=gib(plan.budget_bytes), verdict=verdict)
    rows += wrapped(text)
    if plan.fits is False and plan.ways:
        rows += wrapped(words["ways"])
        for way in ways_out(plan, language):
            rows += wrapped(way, f"{'':<10}- ")
    if plan.proved:
        rows += wrapped(words["proved"])
    return rows


def wrapped(text: str, first: str = " " * 10) -> list[str]:
    """Breaks a text at 80 columns; what follows the first line stands under its beginning."""
    rows, row = [], first
    indent = " " * len(first)
    for word in text.split():
        if len(row) + len(word) > 79 and row.strip():
            rows.append(row.rstrip())
            row = indent
        row += f"{word} "
    return [*rows, row.rstrip()]


def markdown(plan: Plan) -> str:
    """Returns the table as TensorBoard shows it."""
    return "\n".join(f"    {line}" for line in table(plan, "en").splitlines())


def ways_out(plan: Plan, language: Language) -> list[str]:
    """Returns what would take less memory, the least first."""
    ordered = sorted(plan.ways.items(), key=lambda way: way[1])
    return [WAYS[language][way].format(peak=gib(size)) for way, size in ordered]


def nothing_fits(plan: Plan, *, evaluating: bool = False) -> str:
    """Returns the error for a run that no plan makes fit: what it takes, what there is, what would take less.

    Args:
        plan: The one that takes the least.
        evaluating: Whether it is an evaluation that does not fit.
    """
    what = f"steps in {plan.accumulation.value} micro-batches"
    peak = 0 if plan.estimate is None else plan.estimate.peak_bytes
    if evaluating:
        what, peak = "evaluation batches of one row", plan.evaluation_bytes
    verbs = ["ran out of memory in a trial run"] if plan.proved is False else []
    if peak:
        verbs.append(f"take about {gib(peak)} GiB of the {gib(plan.budget_bytes)} GiB that the run may take")
    text = f"the model does not fit into the memory of {plan.machine.device.name}: {what} "
    text += f"{' and by the estimate '.join(verbs)}."
    ways = ways_out(plan, "en")
    return f"{text} What takes less: {'; '.join(ways)}." if ways else text
