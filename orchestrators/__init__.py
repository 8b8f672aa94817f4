"""What happens in which order: pure durable generators. They read no clock, no file and no environment."""

from orchestrators.component import component
from orchestrators.preview import preview
from orchestrators.run import run

__all__ = ["component", "preview", "run"]
