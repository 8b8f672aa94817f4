"""The durable client binding and the links it gives out: where a function finds the engine, and where its callers do."""

import json
from urllib.parse import quote

_OPERATIONS = {
    "statusQueryGetUri": "",
    "sendEventPostUri": "/raiseEvent/{eventName}",
    "terminatePostUri": "/terminate?reason={text}",
    "rewindPostUri": "/rewind?reason={text}",
    "purgeHistoryDeleteUri": "",
    "restartPostUri": "/restart",
    "suspendPostUri": "/suspend?reason={text}",
    "resumePostUri": "/resume?reason={text}",
}
PUBLIC = "/runtime/webhooks/durabletask"


def links(base: str, instance: str, hub: str) -> dict[str, str]:
    """Management URLs of one instance under `base`."""
    urls, quoted = {"id": instance}, quote(instance, safe="")
    for name, tail in _OPERATIONS.items():
        joiner = "&" if "?" in tail else "?"
        urls[name] = f"{base}/instances/{quoted}{tail}{joiner}taskHub={hub}&connection=Storage"
    return urls


def client_binding(origin: str, rpc_path: str, hub: str) -> str:
    """The JSON string that a `durableClient` parameter receives. The SDK needs the trailing slash of `rpcBaseUrl`."""
    base = origin + PUBLIC
    start = f"{base}/orchestrators/{{functionName}}[/{{instanceId}}]"
    return json.dumps(
        {
            "taskHubName": hub,
            "connectionName": None,
            "creationUrls": {
                "createNewInstancePostUri": start,
                "createAndWaitOnNewInstancePostUri": f"{start}?timeout={{timeoutInSeconds}}&pollingInterval={{intervalInSeconds}}",
            },
            "managementUrls": links(base, "INSTANCEID", hub),
            "baseUrl": base,
            "requiredQueryStringParameters": "",
            "rpcBaseUrl": f"{origin}{rpc_path}/",
            "httpBaseUrl": None,
            "maxGrpcMessageSizeInBytes": None,
            "grpcHttpClientTimeout": None,
        }
    )
