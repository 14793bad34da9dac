"""What can go wrong on the way from a module to an answer."""

from __future__ import annotations

from typing import Optional


class MemFitError(Exception):
    """Any failure of this package."""


class ToolNotFound(MemFitError):
    """There is no ``memfit`` tool to ask."""


class ToolError(MemFitError):
    """The tool could not answer; the message is its own."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ExportError(MemFitError):
    """``torch.export`` refused the module.

    ``layer`` is the path of the innermost module that was at work, as ``named_modules()`` spells it:
    ``""`` for the model itself, ``None`` if PyTorch's traceback does not tell.
    """

    def __init__(self, message: str, layer: Optional[str], layer_type: Optional[str]) -> None:
        super().__init__(message)
        self.layer = layer
        self.layer_type = layer_type
