"""`os.readlink` without letting other threads run meanwhile.

Every request looks where the link to the current state points, which takes a microsecond. Python's own
function releases the interpreter's lock for it; with eight requests on their way the thread then waits for
its turn again, which takes longer than a whole answer from the response cache. So the system's function is
called with the lock held.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

LONGEST = 256  # bytes of a target; a longer one is read by Python's own function

_readlink: Any = None  # where the system is no POSIX system
try:
    _readlink = ctypes.PyDLL(None).readlink
    _readlink.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
    _readlink.restype = ctypes.c_ssize_t
except (AttributeError, OSError, TypeError):
    pass
_Buffer = ctypes.c_char * LONGEST


def readlink(path: bytes) -> str:
    """Where a symbolic link points.

    Raises:
        OSError: as `os.readlink`.
    """
    if _readlink is not None:
        buffer = _Buffer()
        size = _readlink(path, buffer, LONGEST)
        if 0 < size < LONGEST:
            return os.fsdecode(buffer.raw[:size])
    return os.fsdecode(os.readlink(path))
