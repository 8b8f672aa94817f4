"""Previews: an app that runs for a while, on this machine or on Container Apps, and ends by itself."""

from shared.preview.launch import Login
from shared.preview.local import LocalPreviews
from shared.preview.port import Advanced, Previews, Progress, Sources, Swept
from shared.preview.state import PreviewState
from shared.preview.ttl import parse_ttl

__all__ = ["Advanced", "LocalPreviews", "Login", "PreviewState", "Previews", "Progress", "Sources", "Swept", "parse_ttl"]
