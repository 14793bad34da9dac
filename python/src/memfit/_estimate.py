"""From a live module to the tool's answer."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence

from . import _export
from ._errors import ToolError
from ._tool import ask, find_tool

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Peak:
    """The moment of the steady step at which the most memory is asked for."""

    requested: int
    """Bytes that tensors ask for."""

    allocated: int
    """Bytes that ``torch.cuda.max_memory_allocated`` tells."""

    reserved: int
    """Bytes that ``torch.cuda.max_memory_reserved`` tells."""

    phase: str
    operator: str
    node: str


@dataclass(frozen=True)
class Estimate:
    """The tool's answer; every figure is read from its report."""

    report: Dict[str, Any]

    @property
    def _train(self) -> Dict[str, Any]:
        train: Dict[str, Any] = self.report["train"]
        return train

    @property
    def total(self) -> int:
        """Bytes of the device that the training process takes, context included."""
        return int(self._train["totalBytes"])

    @property
    def available(self) -> int:
        """Bytes that the device has."""
        return int(self._train["availableBytes"])

    @property
    def fits(self) -> bool:
        """Whether a training step runs through on the device."""
        return bool(self._train["fits"])

    @property
    def breakdown(self) -> Dict[str, int]:
        """Bytes at the peak by use; they add up to ``peak.requested``."""
        return dict(self._train["breakdown"])

    @property
    def peak(self) -> Peak:
        train = self._train
        return Peak(
            requested=train["requestedPeakBytes"],
            allocated=train["allocatedPeakBytes"],
            reserved=train["reservedPeakBytes"],
            **train["peak"],
        )

    @property
    def diagnostics(self) -> List[Dict[str, str]]:
        """What the tool wants known, such as operators that it does not know."""
        return list(self.report.get("diagnostics", []))

    def __str__(self) -> str:
        peak = self.peak
        verdict = "fits" if self.fits else "does not fit"
        return (
            f"{verdict}: {self.total:,} of {self.available:,} bytes on {self._train['device']}; "
            f"peak of {peak.requested:,} in {peak.phase}, {peak.operator} of {peak.node}"
        )


def estimate(
    model: torch.nn.Module,
    sample_inputs: Any,
    optimizer: str = "adam",
    device: str = "a100-80gb",
    precision: str = "fp32",
    *,
    loss: Optional[str] = None,
    sizes: Optional[Mapping[str, int]] = None,
    options: Sequence[str] = (),
    tool: Optional[str] = None,
) -> Estimate:
    """What one training step of a live module takes.

    ``sample_inputs`` is what the module is called with: a tensor, a tuple of positional arguments, or
    a mapping of named ones. ``optimizer``, ``device``, ``precision`` and ``loss`` are as in ``memfit
    train``; ``sizes`` binds symbolic dimensions (``--set``), ``options`` are further words of the
    command line. ``tool`` is the path of the tool, if it is not to be looked for.

    Raises ``ExportError`` if PyTorch cannot export the module, ``ToolNotFound`` if there is no tool,
    ``ToolError`` if the tool cannot answer.
    """
    # Exporting takes long, and is of no use without the tool.
    tool = tool or find_tool()
    arguments = ["--optimizer", optimizer, "--device", device, "--precision", precision]
    if loss is not None:
        arguments += ["--loss", loss]
    for name, size in (sizes or {}).items():
        arguments += ["--set", f"{name}={size}"]
    with tempfile.TemporaryDirectory(prefix="memfit-") as folder:
        path = os.path.join(folder, f"{type(model).__name__}.pt2")
        _export.export(model, sample_inputs, path)
        report = ask(["train", path, *arguments, *options], tool)
    if report.get("train") is None:
        raise ToolError(_why_not(report), 0)
    return Estimate(report)


def _why_not(report: Dict[str, Any]) -> str:
    words = [note["message"] for note in report.get("diagnostics", [])]
    return "the tool did not tell how the module trains" + (
        ": " + "; ".join(words) if words else ""
    )
