"""Finds the tool and talks to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

from ._errors import ToolError, ToolNotFound

# The tool says 0 when done, and 1 when done and the model does not fit.
_ANSWERED = (0, 1)


def find_tool() -> str:
    """The path of the tool: ``$MEMFIT``, beside this package, or on ``PATH``."""
    named = os.environ.get("MEMFIT")
    if named:
        found = shutil.which(named)
        if found is None:
            raise ToolNotFound(f"MEMFIT is set to {named!r}, which is no executable")
        return found
    beside = shutil.which("memfit", path=str(Path(__file__).parent / "bin"))
    found = beside or shutil.which("memfit")
    if found is None:
        raise ToolNotFound(
            "no memfit tool: set MEMFIT to its path, or put it on PATH"
        )
    return found


def ask(arguments: Sequence[str], tool: Optional[str] = None) -> Dict[str, Any]:
    """Runs the tool and returns its JSON report."""
    command = [tool or find_tool(), *arguments, "--format", "json"]
    try:
        process = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            encoding="utf-8", check=False,
        )
    except OSError as error:
        raise ToolNotFound(f"cannot run {command[0]}: {error}") from error
    if process.returncode not in _ANSWERED:
        message = process.stderr.strip() or f"memfit ended with status {process.returncode}"
        raise ToolError(message, process.returncode)
    try:
        report = json.loads(process.stdout)
    except json.JSONDecodeError as error:
        raise ToolError(f"the answer is no JSON: {error}", process.returncode) from error
    if not isinstance(report, dict):
        raise ToolError("the answer is no JSON object", process.returncode)
    return report
