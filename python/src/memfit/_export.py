"""Writes a live module down with ``torch.export``."""

from __future__ import annotations

import contextlib
import traceback
import warnings
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Optional, Tuple

from ._errors import ExportError, MemFitError

if TYPE_CHECKING:
    import torch


def export(model: torch.nn.Module, sample_inputs: Any, path: str) -> None:
    """Exports a module, called with the sample inputs, to a ``.pt2`` file."""
    try:
        import torch
    except ImportError as error:
        raise MemFitError("exporting a module needs PyTorch (pip install torch)") from error
    if not model.training:
        warnings.warn(
            "the module is in evaluation mode: it is estimated as .train() would have it, without "
            "what an export of evaluation leaves out, such as paths dropped at random; call .train() "
            "before, or give options=['--keep-evaluation'] to leave it in evaluation",
            stacklevel=3,
        )
    positional, named = call_arguments(sample_inputs)
    try:
        with _without_cache(model):
            program = torch.export.export(model, positional, named)
        torch.export.save(program, path)
    except Exception as error:
        raise export_error(model, error) from error


@contextlib.contextmanager
def _without_cache(model: torch.nn.Module) -> Iterator[None]:
    """Keeps Hugging Face's models from returning keys and values, of which training has no use.

    They come in an object that ``torch.export`` refuses.
    """
    found = {id(c): c for m in model.modules() if (c := getattr(m, "config", None)) is not None}
    turned = [c for c in found.values() if getattr(c, "use_cache", None) is True]
    for configuration in turned:
        configuration.use_cache = False
    try:
        yield
    finally:
        for configuration in turned:
            configuration.use_cache = True


def call_arguments(sample_inputs: Any) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
    """How the module is called: a mapping gives names, a tuple or list positions."""
    if isinstance(sample_inputs, Mapping):
        return (), dict(sample_inputs)
    if isinstance(sample_inputs, (tuple, list)):
        return tuple(sample_inputs), {}
    return (sample_inputs,), {}


def export_error(model: torch.nn.Module, error: Exception) -> ExportError:
    """An error that names the layer that PyTorch was in."""
    reason = f"{type(error).__name__}: {error}"
    layer = failing_layer(model, error)
    if layer is None:
        return ExportError(f"torch.export could not export the model\n{reason}", None, None)
    kind = type(model.get_submodule(layer)).__name__
    place = f"layer {layer!r} ({kind})" if layer else f"the model itself ({kind})"
    return ExportError(f"torch.export failed in {place}\n{reason}", layer, kind)


def failing_layer(model: torch.nn.Module, error: BaseException) -> Optional[str]:
    """The path of the innermost module in the error's traceback, or in its causes'."""
    names: Dict[int, str] = {id(module): name for name, module in model.named_modules()}
    for cause in _causes(error):
        found = None
        for frame, _ in traceback.walk_tb(cause.__traceback__):
            name = names.get(id(frame.f_locals.get("self")))
            # Deeper frames come later; the model itself is in nearly all of them.
            if name is not None and (name or found is None):
                found = name
        if found:
            return found
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came from, from the origin on."""
    chain = []
    current: Optional[BaseException] = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    yield from reversed(chain)
