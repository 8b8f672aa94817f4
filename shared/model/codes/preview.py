"""Codes of previews (QLF6xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF6001", "The lifetime of a preview cannot be used", "Give a number and a unit, from `1m` to `7d`: 30m, 24h, 3d.", 422),
    CodeEntry(
        "QLF6002", "The app cannot be started as a preview", "Only apps with one package `src/<name>/main.py` and a lock can be.", 422
    ),
    CodeEntry(
        "QLF6003", "The preview did not become ready in time", "Read its log with `qlf preview logs`, then create it again.", 503, True
    ),
    CodeEntry("QLF6004", "The preview is not running", "Create a new one with `qlf preview create`.", 409),
    CodeEntry("QLF6005", "The folder of the previews cannot be used", "Check the free space and the rights of the data folder.", 503),
    CodeEntry("QLF6006", "There is no such preview on this machine", "List the previews with `qlf preview list`.", 404),
    CodeEntry(
        "QLF6007", "The preview could not be ended", "End the process that its record names, then delete the preview again.", 500, True
    ),
    CodeEntry(
        "QLF6020",
        "The id of a resource for previews cannot be used",
        "Copy the whole resource id from the portal; see docs/azure/previews.md.",
        503,
    ),
    CodeEntry(
        "QLF6021", "Azure refuses what previews need", "Check the roles of the app's identity: docs/azure/previews.md lists them.", 503
    ),
    CodeEntry(
        "QLF6022", "The quota for previews is used up", "End previews that are not needed, or ask for more quota in the region.", 503
    ),
    CodeEntry(
        "QLF6023",
        "Azure answered the preview's request with a fault",
        "Try again; if it lasts, look up the message in the resource group's activity log.",
        500,
        True,
    ),
    CodeEntry("QLF6024", "You have as many previews as one user may have", "End one with `qlf preview delete`, then try again.", 409),
    CodeEntry(
        "QLF6025",
        "No log workspace is configured for previews",
        "Set QLF_PREVIEW_LOG_WORKSPACE_ID to the workspace of the environment.",
        503,
    ),
    CodeEntry(
        "QLF6026",
        "The image of the preview could not be built",
        "Read the registry's build log; if packages could not be fetched, try again.",
        503,
        True,
    ),
    CodeEntry("QLF6027", "No free name was found for the preview", "Try again: a new preview has a new name.", 500, True),
    CodeEntry("QLF6028", "Azure is busy with the preview", "Try again in a minute.", 503, True),
    CodeEntry(
        "QLF6029",
        "The image of the preview could not be pulled",
        "Give the pull identity the role AcrPull on the registry, wait five minutes, then try again.",
        503,
        True,
    ),
    CodeEntry(
        "QLF6030", "A setting of previews is missing", "Set what is named, beside QLF_PREVIEW_ENVIRONMENT_ID; see docs/settings.md.", 503
    ),
    CodeEntry(
        "QLF6031",
        "The deployment of the preview was lost",
        "Create it again; if it happens often, see whether the durable host runs all the time.",
        503,
        True,
    ),
)
