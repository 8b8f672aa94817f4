"""The Linux calls that Python 3.11 has no binding for. Each returns an errno, 0 for success, `ENOSYS` where it does not exist."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import socket
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *args: object) -> int:
    function = getattr(_libc(), name, None)
    if function is None:
        return errno.ENOSYS
    return 0 if function(*args) == 0 else ctypes.get_errno()


def unshare(flags: int) -> int:
    """unshare(2)."""
    return _call("unshare", ctypes.c_int(flags))


def prctl(option: int, value: int) -> int:
    """prctl(2) with one value."""
    zero = ctypes.c_ulong(0)
    return _call("prctl", ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero)


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> int:
    """mount(2)."""
    return _call("mount", source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())


def loopback_up() -> int:
    """Bring `lo` up in this network namespace, as `ip link set lo up` does (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            answer = fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
            (flags,) = struct.unpack_from("h", answer, 16)
            fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
        except OSError as error:
            return error.errno or errno.EIO
    return 0
