"""How a plan is told: a table of 80 columns, Markdown, and an error. `plan_record` has its values."""

import textwrap
from typing import Any

from callbacks.hardware.limits import GIB
from callbacks.hardware.plan import Decision, Plan
from callbacks.hardware.tiers import TIERS, Requirement, requirements
from callbacks.language.numbers import localized
from callbacks.language.say import Message, joined, say
from callbacks.language.wrapped import WIDTH, columns

NEARLY_ALL = 0.75
"""Share of a card that weights, gradients and averages must not fill: activations need the rest."""

BYTES_A_PARAMETER = 16
"""Weight, gradient and AdamW's two averages, four bytes each (Rajbhandari et al., arXiv 1910.02054, section 3.1)."""

WHY = {
    "card_bf16": Message("the card has bf16 (16 bits)"),
    "card_fp16": Message("this card has fast float16, no bf16"),
    "card_old": Message("float16 is not faster on this card"),
    "mps": Message("the sure one on Apple's MPS"),
    "cpu_fp32": Message("the processor has no bf16"),
    "cpu_bf16": Message("bf16 (16 bits) is faster here"),
    "cpu_bf16_slow": Message("bf16 is no faster here"),
    "whole": Message("the whole fits"),
    "cut": Message("until it fits"),
    "cut_by_trial": Message("until the trial run fitted"),
    "resumed": Message("as the run had it before"),
    "half_weights": Message("its weights are not float32"),
    "no_scaler": Message("the strategy has no scaler for float16"),
    "not_known": Message("the data tell no largest batch"),
    "needed": Message("nothing else fits; costs 20 to 40% of the speed"),
    "not_needed": Message("not needed"),
    "manual": Message("the module optimizes by itself"),
    "schedule": Message("GradientAccumulationScheduler sets it"),
    "full_does_not_fit": Message("nothing else fits; the result changes"),
    "only_then": Message("only where nothing else fits"),
    "takes_none": Message("the module takes none: is peft installed?"),
    "no_training_loss": Message("no estimate: the module has no training_loss(batch)"),
    "no_largest_batch": Message("no estimate: the data module has no largest_batch(parts)"),
    "fails": Message("no estimate: the step cannot be run without content"),
    "other_precision": Message("no estimate in this precision"),
    "shared_out": Message("no estimate: the model is shared out over the processes already"),
}
"""One reason of a decision, or of there being no estimate, one row."""


class Gib(float):
    """A size in GiB, written with as many digits as matter."""

    def __format__(self, spec: str) -> str:
        return format(float(self), spec or (".1f" if self >= 10 else ".2f"))


def gib(size: float) -> Gib:
    """Returns bytes in GiB."""
    return Gib(size / GIB)


def table(plan: Plan) -> str:
    """Returns the plan in lines of at most 80 columns: machine, tier, who decided what, memory."""
    return "\n".join([*_machine(plan), *_tier(plan), *_decisions(plan), *_memory(plan)])


def _label(text: str) -> str:
    return f"{text:<9} "


def _machine(plan: Plan) -> list[str]:
    machine, device, label = plan.machine, plan.machine.device, _label(say("machine"))
    whole = int(machine.cores)
    cores = Message("{n:g} core", "{n:g} cores", n=whole if whole == machine.cores else machine.cores)
    memory = _free(machine.free_memory_bytes, machine.memory_bytes)
    if not machine.is_gpu:
        text = say("{name}: {cores}, memory {memory}, no GPU", name=device.name, cores=cores, memory=memory)
        return hanging(text, label)
    count = f"{machine.devices} x " if machine.devices > 1 else ""
    return [
        *hanging(f"{count}{device.name}: {_free(device.free_bytes, device.total_bytes)}", label),
        *hanging(say("{cores}, memory {memory}", cores=cores, memory=memory)),
    ]


def _free(free_bytes: int, total_bytes: int) -> Message:
    return Message("{free:,.1f} of {total:,.1f} GiB free", free=free_bytes / GIB, total=total_bytes / GIB)


def _tier(plan: Plan) -> list[str]:
    names = {
        "small": Message("small", context="size of a model"),
        "medium": Message("medium", context="size of a model"),
        "large": Message("large", context="size of a model"),
    }
    place = TIERS.index(plan.tier)
    above = plan.tier.parameters_below == float("inf")
    limit = TIERS[place - 1].parameters_below if above else plan.tier.parameters_below
    title = say(
        "{tier} (above {limit:,.0f} million): {parameters:,.1f} million parameters, {trainable:,.1f} learn"
        if above
        else "{tier} (up to {limit:,.0f} million): {parameters:,.1f} million parameters, {trainable:,.1f} learn",
        tier=names[plan.tier.name],
        limit=limit / 1e6,
        parameters=plan.parameters / 1e6,
        trainable=plan.trainable / 1e6,
    )
    rows = hanging(title, _label(say("tier")))
    rows.append(f"{'':<26}{say('advised'):>10}{say('here'):>12}")
    rows += [_requirement(each) for each in requirements(plan.tier, plan.machine)]
    need = BYTES_A_PARAMETER * plan.parameters
    if need > NEARLY_ALL * plan.tier.gpu_memory_gb * GIB and not (plan.lora and plan.lora.value):
        text = say(
            "All {parameters:,.0f} million parameters with AdamW take {need:,.1f} GiB before any activation (16 bytes "
            "each): the top of this tier fits its {card} GB card only with LoRA (--model.lora true).",
            parameters=plan.parameters / 1e6,
            need=need / GIB,
            card=plan.tier.gpu_memory_gb,
        )
        rows += hanging(text)
    return rows


def _requirement(line: Requirement) -> str:
    name = {"cores": say("cores"), "memory": say("memory"), "gpu_memory": say("GPU memory")}[line.what]
    advised, here = f"{line.advised:g}", localized(f"{line.here:g}")
    if line.what != "cores":
        advised += " GB"
        here = localized(f"{line.here:,.1f} GiB") if line.here else say("none", context="GPU")
    verdict = say("enough") if line.met else say("less: advice only")
    return f"{'':<10}{name:<16}{advised:>10}{here:>12}  {verdict}"


def _decisions(plan: Plan) -> list[str]:
    lines: list[tuple[str, object, Decision[Any]]] = [
        (say("precision", context="of numbers"), plan.precision.value, plan.precision),
        (say("micro-batches"), plan.accumulation.value, plan.accumulation),
        (say("recompute activations"), _yes_no(plan.checkpointing), plan.checkpointing),
    ]
    if plan.lora is not None:
        lines.append((say("adapters (LoRA)"), _yes_no(plan.lora), plan.lora))
    if plan.eval_tokens is not None:
        lines.append((say("evaluation tokens"), plan.eval_tokens.value, plan.eval_tokens))
    rows = [f"{say('plan'):<35} {say('decided by')}"]
    for name, value, decision in lines:
        rows += hanging(str(decided(decision)), f"  {name:<21} {value!s:<11} ")
    return rows


def _yes_no(decision: Decision[bool]) -> str:
    return say("yes") if decision.value else say("no")


def decided(decision: Decision[Any]) -> Message:
    """Returns who decided, and why."""
    who = {
        "auto": "HardwareTier",
        "callback": Message("option of HardwareTier"),
        "trainer": Message("option of the Trainer"),
        "strategy": Message("the strategy"),
        "model": Message("option of the model"),
    }[decision.by]
    return joined([who, WHY[decision.why]] if decision.why else [who], ": ")


def _memory(plan: Plan) -> list[str]:
    rows = _step(plan)
    estimate = plan.estimate
    if estimate is None:
        why = WHY[plan.no_estimate]
        if plan.estimate_error:
            why = Message("{why} (Python said: {error})", why=why, error=plan.estimate_error)
        return [*rows, *hanging(str(why), _label(say("memory")))]
    parts = [
        Message("weights {size}", size=gib(estimate.weights_bytes)),
        Message("gradients {size}", size=gib(estimate.gradients_bytes)),
        Message("AdamW {size}", size=gib(estimate.optimizer_bytes)),
        Message("exchange {size}", size=gib(estimate.buckets_bytes)),
        Message("activations {size}", size=gib(estimate.activations_bytes)),
    ]
    total = joined([part for part in parts if part.values["size"]], ", ")
    rows += hanging(
        say("{peak} GiB: {parts}", peak=gib(estimate.peak_bytes), parts=total), _label(say("memory"))
    )
    if plan.evaluation_bytes and plan.eval_tokens is not None:
        text = say(
            "{peak} GiB to evaluate up to {n:,} token (pieces of words) at once",
            "{peak} GiB to evaluate up to {n:,} tokens (pieces of words) at once",
            peak=gib(plan.evaluation_bytes),
            n=plan.eval_tokens.value,
        )
        rows += hanging(text)
    text = say(
        "{peak} of the {budget} GiB that the run may take: fits"
        if plan.fits
        else "{peak} of the {budget} GiB that the run may take: DOES NOT FIT",
        peak=gib(max(estimate.peak_bytes, plan.evaluation_bytes)),
        budget=gib(plan.budget_bytes),
    )
    rows += hanging(text)
    if plan.fits is False and plan.ways:
        rows += hanging(say("what takes less:"))
        for way in ways_out(plan):
            rows += hanging(str(way), f"{'':<10}- ")
    if plan.proved:
        rows += hanging(say("tried: the largest batch was run, and there was memory enough"))
    return rows


def _step(plan: Plan) -> list[str]:
    if plan.batch_shape is None or plan.step_rows is None:
        return []
    parts, several = plan.accumulation.value, plan.processes > 1
    text = say(
        "{rows} in {parts} micro-batches on each of {processes} processes; the largest is {shape}"
        if parts > 1 and several
        else "{rows} in {parts} micro-batches; the largest is {shape}"
        if parts > 1
        else "{rows} shared out to {processes} processes; the largest part is {shape}"
        if several
        else "{rows} at once; the largest is {shape}",
        rows=Message("{n:,} row", "{n:,} rows", n=plan.step_rows),
        parts=parts,
        processes=plan.processes,
        shape=" x ".join(map(str, plan.batch_shape)),
    )
    return hanging(text, _label(say("step")))


def hanging(text: str, first: str = " " * 10) -> list[str]:
    """Breaks a text at 80 columns, or fewer in a narrow terminal; all lines begin under the end of `first`."""
    return textwrap.wrap(
        text,
        min(WIDTH, columns()),
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def markdown(plan: Plan) -> str:
    """Returns the table as TensorBoard shows it."""
    return textwrap.indent(table(plan), " " * 4)


def ways_out(plan: Plan) -> list[Message]:
    """Returns what would take less memory, the least first."""
    return [_way_out(way, gib(size)) for way, size in sorted(plan.ways.items(), key=lambda way: way[1])]


def _way_out(way: str, peak: Gib) -> Message:
    return {
        "accumulation": Message(
            "the number of micro-batches left to HardwareTier (one row each): {peak} GiB", peak=peak
        ),
        "checkpointing": Message(
            "activations computed anew (activation_checkpointing auto): {peak} GiB", peak=peak
        ),
        "shorter": Message("rows of half the length (a smaller max_length): {peak} GiB", peak=peak),
        "adapters": Message(
            "adapters trained in place of the weights (--model.lora true): {peak} GiB", peak=peak
        ),
        "lora": Message("adapters trained in place of the weights (LoRA): about {peak} GiB", peak=peak),
        "smaller": Message("a model of half the size: about {peak} GiB", peak=peak),
    }[way]


def nothing_fits(plan: Plan, *, evaluating: bool = False) -> Message:
    """Returns the error for a run that no plan makes fit: what it takes, what there is, what would take less.

    Args:
        plan: The one that takes the least.
        evaluating: Whether it is an evaluation that does not fit.
    """
    ways = ways_out(plan)
    peak = 0 if plan.estimate is None else plan.estimate.peak_bytes
    if evaluating:
        peak = plan.evaluation_bytes
    estimate = Message(
        "take about {peak} GiB of the {budget} GiB that the run may take",
        peak=gib(peak),
        budget=gib(plan.budget_bytes),
    )
    return Message(
        "the model does not fit into the memory of {device}: {what} {estimate}.{ways}"
        if plan.proved is not False
        else "the model does not fit into the memory of {device}: {what} ran out of memory in a trial run and by the "
        "estimate {estimate}.{ways}"
        if peak
        else "the model does not fit into the memory of {device}: {what} ran out of memory in a trial run.{ways}",
        device=plan.machine.device.name,
        what=Message("evaluation batches of one row")
        if evaluating
        else Message("whole steps")
        if plan.accumulation.value == 1
        else Message("steps in {parts} micro-batches", parts=plan.accumulation.value),
        estimate=estimate,
        ways=Message(" What takes less: {ways}.", ways=joined(ways, "; ")) if ways else "",
    )
