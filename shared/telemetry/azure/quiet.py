"""What both exporters of Azure Monitor would do unasked, turned off before they are imported."""

from __future__ import annotations

import os

from shared.model import ConfigError

_SWITCHES = {
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",  # reports about the exporter, to addresses that nobody here configured
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",  # counts of what was sent, with the machine's name beside each
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",  # settings from such an address
    "OTEL_SPAN_EVENT_COUNT_LIMIT": "0",  # the events of a span are exceptions, and these quote their input
}


def keep_quiet(**more: str) -> None:
    """The SDKs know no other way than the environment; what an operator has set stays."""
    for name, value in {**_SWITCHES, **more}.items():
        os.environ.setdefault(name, value)


def missing(package: str) -> ConfigError:
    """The error that says what to install."""
    return ConfigError("QLF7151", f"{package} is not installed", package=package)


def refused(error: ValueError) -> ConfigError:
    """The error for a connection string that the exporter does not take; its text stays out, it could hold the string."""
    return ConfigError("QLF7152", f"APPLICATIONINSIGHTS_CONNECTION_STRING is not valid ({type(error).__name__})")
