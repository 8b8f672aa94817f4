"""The template sets what the program reads, and nothing that nobody reads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from bicep_reader import Bicep, entries

from shared.settings import Settings, variables

ROOT = Path(__file__).resolve().parents[3]
INFRA = ROOT / "infra-bicep"

NOT_IN_AZURE = {
    "COSMOS_KEY": "key of a local peer; refused inside Azure",
    "QLF_BLOB_CONNECTION_STRING": "key of a local peer; refused inside Azure",
    "QLF_SERVICEBUS_CONNECTION_STRING": "key of a local peer; refused inside Azure",
    "QLF_SIGNING_KEY": "a file of one machine; instances of a Function App share none: QLF_SIGNING_KEY_PEM is set there",
    "QLF_METRICS": "text for a local scraper; instances that scale to none cannot be scraped",
    "WEBSITE_SITE_NAME": "set by Azure",
    "WEBSITE_AUTH_ENABLED": "set by Azure where App Service authentication is on",
}

OF_THE_PLATFORM = {
    "AzureWebJobsStorage__accountName": "storage of the host, by identity",
    "AzureWebJobsStorage__credential": "the same",
    "AzureWebJobsStorage__clientId": "the same",
    "DURABLE_TASK_SCHEDULER_CONNECTION_STRING": "endpoint and identity for the scheduler; no key in it",
    "AzureFunctionsJobHost__extensions__durableTask__hubName": "overrides host.json",
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type": "overrides host.json",
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName": "overrides host.json",
    "AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions": "overrides host.json",
    "AzureFunctionsJobHost__extensions__durableTask__maxConcurrentOrchestratorFunctions": "overrides host.json",
    "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "read by the Durable SDK: no class named by stored data is imported",
    "FUNCTIONS_WORKER_PROCESS_COUNT": "read by the host",
    "PYTHON_THREADPOOL_THREAD_COUNT": "read by the Python worker",
    "PYTHON_ISOLATE_WORKER_DEPENDENCIES": "read by the Python worker",
    "PYTHON_ENABLE_OPENTELEMETRY": "read by the Python worker: hands the host's trace to the app",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "read by the host: telemetry by identity",
    "OTEL_SERVICE_NAME": "read by the host",
}

NOT_SET = (
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY", "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_CONTENT",
    "SCM_DO_BUILD", "ENABLE_ORYX",
)  # fmt: skip


def app_settings(infra: Path) -> dict[str, str]:
    """Every app setting of the template, with the Bicep text of its value."""
    site = Bicep(infra / "modules" / "functionapp.bicep").resource("Microsoft.Web/sites/config", "appsettings")
    return {name: value.text.decode() for name, value in entries(site.get("properties")).items()}  # type: ignore[union-attr]


def problems(infra: Path) -> list[str]:
    have, read = set(app_settings(infra)), {name for name, _ in variables()}
    return [f"{name} is read but not set" for name in sorted(read - have - set(NOT_IN_AZURE))] + [
        f"{name} is set but not read" for name in sorted(have - read - set(OF_THE_PLATFORM))
    ]


def test_the_template_sets_what_the_program_reads_and_nothing_else() -> None:
    assert problems(INFRA) == []


def test_the_exceptions_are_still_exceptions() -> None:
    have, read = set(app_settings(INFRA)), {name for name, _ in variables()}
    assert set(NOT_IN_AZURE) <= read
    assert not set(NOT_IN_AZURE) & have
    assert set(OF_THE_PLATFORM) <= have
    assert not set(OF_THE_PLATFORM) & read


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("    COSMOS_ENDPOINT: cosmosEndpoint\n", "", "COSMOS_ENDPOINT is read but not set"),
        ("    COSMOS_ENDPOINT:", "    COSMOS_ENDPOINT_URL:", "COSMOS_ENDPOINT_URL is set but not read"),
        ("    QLF_HOME:", "    COSMOS_ACCOUNT_KEY: 'x'\n    QLF_HOME:", "COSMOS_ACCOUNT_KEY is set but not read"),
    ],
)
def test_a_setting_that_is_missing_or_misspelt_is_found(tmp_path: Path, old: str, new: str, found: str) -> None:
    copy = shutil.copytree(INFRA, tmp_path / "infra")
    file = copy / "modules" / "functionapp.bicep"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    assert found in problems(copy)


def test_nothing_is_set_that_flex_consumption_does_not_take_or_that_would_export_past_the_app() -> None:
    assert not [name for name in app_settings(INFRA) if name.startswith(NOT_SET)]


def test_overrides_of_host_json_are_keys_of_the_durable_extension() -> None:
    known = json.loads((Path(__file__).parent / "durable_host_keys.json").read_text())["durableTask"]
    prefix = "AzureFunctionsJobHost__extensions__durableTask__"
    overrides = [name.removeprefix(prefix).split("__") for name in app_settings(INFRA) if name.startswith(prefix)]
    assert len(overrides) == 5
    assert {path[0] for path in overrides} <= set(known)
    assert ["storageProvider", "type"] in overrides
    assert app_settings(INFRA)[f"{prefix}storageProvider__type"] == "'azureManaged'"
    assert app_settings(INFRA)[f"{prefix}storageProvider__connectionStringName"] == "'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'"


def test_links_to_blobs_are_handed_out_where_callers_can_follow_them() -> None:
    assert app_settings(INFRA)["QLF_BLOB_LINKS"] == "string(blobLinks)"
    assert "blobLinks: !privateNetworking" in (INFRA / "main.bicep").read_text()
    assert Settings(blob_links="False").blob_links is False  # type: ignore[arg-type]  # how `string(false)` is written


def test_secrets_are_references_to_the_key_vault_and_only_where_the_operator_says_that_they_are_there() -> None:
    settings = app_settings(INFRA)
    named = zip(Settings.model_fields.values(), variables(), strict=True)
    secret = {name for field, (name, _) in named if "SecretStr" in repr(field.annotation)} & set(settings)
    # The one that is no secret in Azure: that resource refuses telemetry that is not signed in.
    assert secret - {"APPLICATIONINSIGHTS_CONNECTION_STRING"} == {name for name, text in settings.items() if "@Microsoft.KeyVault" in text}
    assert settings["QLF_SIGNING_KEY_PEM"] == "signingKey ? '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/signing-key)' : ''"
    secrets = {name: value for name, value in settings.items() if name.startswith("QLF_WEBHOOK_")}
    assert len(secrets) == 3
    for name, value in secrets.items():
        source = name.split("_")[2].lower()
        assert value == f"contains(webhooks, '{source}') ? '@Microsoft.KeyVault(SecretUri=${{keyVaultUri}}secrets/webhook-{source})' : ''"


def test_the_client_that_the_service_names_to_the_command_line_is_one_that_app_service_lets_through() -> None:
    (app,) = [module for module in Bicep(INFRA / "main.bicep").modules if module.symbol == "app"]
    given = {name: value.text.decode() for name, value in entries(app.get("params")).items()}  # type: ignore[union-attr]
    assert app_settings(INFRA)["ENTRA_CLI_CLIENT_ID"] == given["cliClientId"] == "cliClientId"
    assert "empty(cliClientId) ? [] : [ cliClientId ]" in given["allowedClientIds"]
    assert Bicep(INFRA / "modules" / "functionapp.bicep").path.read_text().count("allowedApplications: allowedClientIds") == 1
