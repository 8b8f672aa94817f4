"""Exactly one gzip member with a fixed header.

Python releases disagree on the header that `gzip.compress` writes (byte 9 is `ff` or `03`), so the ten bytes are written by hand
around a raw deflate stream (RFC 1951, RFC 1952). The deflate stream itself depends on the zlib in use; the identity of a capsule is
therefore the digest of the tar inside.
"""

from __future__ import annotations

import struct
import zlib

from shared.capsule.tarball import LIMITS, Limits
from shared.model import CapsuleError

HEADER = bytes.fromhex("1f8b08000000000000ff")
_TRAILER = struct.Struct("<II")
_CHUNK = 64 * 1024


def gzip_member(data: bytes) -> bytes:
    """`data` as one gzip member: no name, no time, unknown operating system, level 6."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return HEADER + deflate.compress(data) + deflate.flush() + _trailer(data)


def gunzip(data: bytes, limits: Limits = LIMITS) -> bytes:
    """The content of one gzip member, decompressed within `limits`.

    Raises `CapsuleError`: QLF5001 wrong header, QLF5002 bytes after the member, QLF5003 damaged, QLF5004 too large or a bomb.
    """
    if len(data) > limits.file_bytes:
        raise CapsuleError("QLF5004", f"the file is larger than {limits.file_bytes} bytes")
    if not data.startswith(HEADER):
        raise CapsuleError("QLF5001")
    out, rest = _inflate(data, min(limits.tar_bytes, max(limits.ratio_floor, limits.ratio * len(data))))
    if len(rest) > _TRAILER.size:
        raise CapsuleError("QLF5002", f"{len(rest) - _TRAILER.size} bytes after the archive")
    if rest != _trailer(out):
        raise CapsuleError("QLF5003", "the checksum does not fit the content")
    return out


def _inflate(data: bytes, most: int) -> tuple[bytes, bytes]:
    """The inflated bytes, at most `most`, and what follows the deflate stream."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    out = bytearray()
    for offset in range(len(HEADER), len(data), _CHUNK):
        try:
            out += stream.decompress(data[offset : offset + _CHUNK], most + 1 - len(out))
        except zlib.error as error:
            raise CapsuleError("QLF5003", "the compressed stream is broken") from error
        if len(out) > most:
            raise CapsuleError("QLF5004", f"the archive expands to more than {most} bytes")
        if stream.eof:
            return bytes(out), stream.unused_data + data[offset + _CHUNK :]
    raise CapsuleError("QLF5003", "the archive ends too early")


def _trailer(data: bytes) -> bytes:
    return _TRAILER.pack(zlib.crc32(data), len(data) & 0xFFFFFFFF)
