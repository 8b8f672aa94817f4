"""Codes of telemetry (QLF715x)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "QLF7150",
        "This process keeps no metrics",
        "Start it with `qlf serve`, or with QLF_METRICS=1. In Azure, read them in Application Insights.",
        404,
    ),
    CodeEntry(
        "QLF7151",
        "The telemetry exporter is not installed",
        "Install requirements.txt for azure-monitor; for opencensus, `pip install opencensus-ext-azure` beside it.",
        503,
    ),
    CodeEntry(
        "QLF7152",
        "The Application Insights connection string cannot be used",
        "Copy it again from the resource's overview: InstrumentationKey=...;IngestionEndpoint=https://...",
        503,
    ),
    CodeEntry(
        "QLF7153",
        "The telemetry exporter has nowhere to send to",
        "Set APPLICATIONINSIGHTS_CONNECTION_STRING, or QLF_TELEMETRY_EXPORTER=none.",
        503,
    ),
)
