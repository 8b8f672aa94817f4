"""Exporters to Azure Monitor. Imported by wiring alone; each imports its SDK when it is installed into the process."""

from shared.telemetry.azure.legacy import OpenCensus
from shared.telemetry.azure.monitor import AzureMonitor

__all__ = ["AzureMonitor", "OpenCensus"]
