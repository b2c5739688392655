"""The end of a server's listening: whoever is let in is answered, nobody is broken off."""

import ctypes
import os
import socket
import struct
from contextlib import suppress

_ATTACH_FILTER = 26
"""SO_ATTACH_FILTER of Linux, which Python's `socket` does not name."""
_FLAGS_OFFSET, _SYN = 13, 0x02
"""Where the flags of TCP stand in a segment, and that of a new connection."""
_LOAD_BYTE, _JUMP_IF_SET, _RETURN = 0x30, 0x45, 0x06
_REFUSE_NEW = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (_LOAD_BYTE, 0, 0, _FLAGS_OFFSET),
        (_JUMP_IF_SET, 0, 1, _SYN),
        (_RETURN, 0, 0, 0),
        (_RETURN, 0, 0, 0xFFFF_FFFF),
    )
)
"""Classic BPF: of segments that open a connection nothing is kept, all others pass whole."""
_INSTRUCTIONS = 4


def refuse_new_connections(descriptor: int) -> None:
    """Lets no new connection into this listening socket; those that are being made are finished.

    A listener that is closed breaks off the connections that the kernel has made and nobody has
    accepted, with the requests that they brought. So let a moment pass between this and the close:
    whoever knocks meanwhile hears nothing, knocks again after a second, and finds nobody there,
    which a proxy takes for a reason to ask another replica. Where the system has no such filter
    nothing changes.
    """
    code = ctypes.create_string_buffer(_REFUSE_NEW)
    program = struct.pack("HL", _INSTRUCTIONS, ctypes.addressof(code))
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
