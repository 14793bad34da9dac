"""Asks the memfit tool what a live PyTorch module takes to train."""

from ._errors import ExportError, MemFitError, ToolError, ToolNotFound
from ._estimate import Estimate, Peak, estimate
from ._tool import find_tool

__all__ = [
    "Estimate",
    "ExportError",
    "MemFitError",
    "Peak",
    "ToolError",
    "ToolNotFound",
    "estimate",
    "find_tool",
]
__version__ = "0.1.0"
