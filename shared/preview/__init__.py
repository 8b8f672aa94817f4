"""Previews: an app that runs for a while, on this machine, and ends by itself."""

from shared.preview.launch import Login
from shared.preview.local import LocalPreviews
from shared.preview.state import PreviewState
from shared.preview.ttl import parse_ttl

__all__ = ["LocalPreviews", "Login", "PreviewState", "parse_ttl"]
