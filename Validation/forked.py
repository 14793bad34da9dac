"""A call in a process of its own: its settings stay there, and so does whatever ends it."""

import json
import os
import sys
import traceback


def forked(run):
    """What a call returns, as JSON tells it, under `answer`; under `error` the words of what went wrong."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        try:
            told = {"answer": run()}
        except BaseException as error:  # noqa: BLE001: whatever is raised is told
            traceback.print_exc()
            told = {"error": f"{type(error).__name__}: {error}"[:200]}
        with os.fdopen(writer, "w") as pipe:
            json.dump(told, pipe)
        sys.stdout.flush()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(process, 0)
    return json.loads(text) if text else {"error": f"the process died with status {status}"}
