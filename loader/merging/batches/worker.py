"""A process that does batches for a merge: `python -m innograph.loader.merging.batches.worker`, over its pipes.

Standard input brings pickles, each after its length in eight bytes: the setting, then batches; standard
output takes what became of them. It ends where its input ends, so it never outlives its parent.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import IO, Any

from innograph.loader.merging.batches import Workshop


def send(output: IO[bytes], value: Any) -> None:
    """Write a value to a pipe."""
    data = pickle.dumps(value)
    output.write(len(data).to_bytes(8) + data)
    output.flush()


def receive(source: IO[bytes]) -> Any:
    """Read a value from a pipe.

    Raises:
        EOFError: the other side has gone.
    """
    head = source.read(8)
    data = source.read(int.from_bytes(head)) if len(head) == 8 else b""
    if not data:
        raise EOFError
    return pickle.loads(data)


def main() -> None:
    """Do batches until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group: the parent minds it
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not come between
    try:
        workshop = Workshop(receive(sys.stdin.buffer))
        while True:
            send(output, workshop.do(receive(sys.stdin.buffer)))
    except (EOFError, BrokenPipeError):
        os._exit(0)


if __name__ == "__main__":
    main()
