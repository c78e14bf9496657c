"""What joins GPUs, and what DDP and fsdp2 exchange over it: worked out, from published bandwidths. Measures nothing."""

from dataclasses import dataclass

from shapes import SHAPES, VOCABULARY, Shape, parameters_of

GPUS = 8

FLOAT = 4
"""Bytes of a float32: so are weights, gradients, AdamW's averages and what is exchanged."""

POSITIONS = 512 + 2
"""Positions and kinds of token: the rest of BERT's embeddings."""


@dataclass(frozen=True)
class Link:
    """What joins the GPUs; bandwidth in GB/s and one direction, of a GPU or of the way between two machines."""

    name: str
    gb_s: float
    published: str


LINKS = (
    Link("NVLink 4", 450, "H100 and H200 SXM: 900 GB/s, both directions (NVIDIA's H100 data sheet)"),
    Link("NVLink 3", 300, "A100 SXM: 600 GB/s, both directions (NVIDIA's A100 data sheet)"),
    Link("PCIe 5 x16", 64, "H100 PCIe: 128 GB/s, both directions (NVIDIA's H100 data sheet)"),
    Link(
        "PCIe 4 x16",
        32,
        "A100 PCIe, L4: 64 GB/s, both directions (their data sheets); RTX 4090: the same slot",
    ),
    Link("NDR", 50, "InfiniBand NDR: 400 Gb/s a port (NVIDIA's ConnectX-7 data sheet)"),
    Link("100 GbE", 12.5, "by its name: 100 Gb/s"),
    Link("25 GbE", 3.125, "by its name: 25 Gb/s"),
    Link("10 GbE", 1.25, "by its name: 10 Gb/s"),
)


def embeddings_of(shape: Shape) -> int:
    """Returns the parameters of the embeddings, which do not learn."""
    return (VOCABULARY + POSITIONS) * shape.hidden


def exchange_ms(parameters: int, link: Link, gpus: int = GPUS) -> float:
    """Returns the milliseconds of DDP's: a ring all-reduce of every gradient in float32."""
    return 2 * (gpus - 1) / gpus * FLOAT * parameters / link.gb_s / 1e6


def fsdp_ms(parameters: int, embeddings: int, link: Link, gpus: int = GPUS) -> float:
    """Returns the milliseconds of fsdp2's: weights gathered twice, those of embeddings once, gradients scattered."""
    return (gpus - 1) / gpus * FLOAT * (3 * parameters + embeddings) / link.gb_s / 1e6


def added_ms(model: str, strategy: str, link: Link) -> float:
    """Returns the milliseconds that a strategy's exchange of a model takes."""
    parameters = parameters_of(SHAPES[model])
    if strategy == "ddp":
        return exchange_ms(parameters, link)
    return fsdp_ms(parameters, embeddings_of(SHAPES[model]), link)
