"""The Bicep template: symbols and modules, what each resource promises, and faults that the checks must see."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest
from bicep_reader import FUNCTIONS, Bicep, Resource, entries, literal, literals, plain, problems_of, said

from api.identity import ACCESS, Door
from api.signatures import Provider
from shared.gates import unit
from shared.runner import Profile, sessions
from shared.stores.azure.cosmos.containers import CONSISTENCY, CONTAINERS

ROOT = Path(__file__).resolve().parents[3]
INFRA = ROOT / "infra-bicep"
MODULES = INFRA / "modules"


def module(name: str) -> Bicep:
    return Bicep(MODULES / name)


def says(resource: Resource, *path: str) -> str | None:
    return literal(resource.get("properties", *path))


def test_every_symbol_module_parameter_and_output_is_there() -> None:
    assert problems_of(INFRA) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("main.bicep", "token: token", "token: tokn", "unknown symbol tokn"),
        ("main.bicep", "modules/cosmos.bicep", "modules/cosmo.bicep", "no file modules/cosmo.bicep"),
        ("main.bicep", "    serverless: !prod\n", "", "module cosmos: parameter serverless is missing"),
        ("main.bicep", "    serverless: !prod\n", "    serverless: !prod\n    server: prod\n", "module cosmos: no parameter server"),
        ("main.bicep", "storage.outputs.blobUrl", "storage.outputs.blobUri", "module storage: no output blobUri"),
        ("main.bicep", "toLower(uniqueString", "lower(uniqueString", "unknown function lower"),
        ("main.bicep", "  params: {\n    name: 'factory-", "  params: \n    name: 'factory-", "syntax error"),
        ("main.bicep", "param budgetStart string", "param budgetStart string = '${utcNow('yyyy-MM')}-01'", "unknown function utcNow"),
        ("modules/storage.bicep", "param sku string", "param sku string\nparam unused string", "parameter unused is not used"),
        ("modules/alerts.bicep", "('../monitor/alerts.json", "('../monitor/alarms.json", "no file ../monitor/alarms.json"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, file: str, old: str, new: str, found: str) -> None:
    copy = shutil.copytree(INFRA, tmp_path / "infra")
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))
    assert [problem for problem in problems_of(copy) if found in problem]


def test_a_module_that_nothing_calls_is_found(tmp_path: Path) -> None:
    copy = shutil.copytree(INFRA, tmp_path / "infra")
    (copy / "modules" / "lost.bicep").write_text("output x string = 'x'\n")
    assert problems_of(copy) == ["lost.bicep: nothing calls this module"]


def test_a_template_means_the_same_every_day() -> None:
    # Azure refuses, for one, another start of a budget: what depends on the day of the deployment fails in the next month.
    assert not FUNCTIONS & {"utcNow", "newGuid", "dateTimeAdd"}


def test_no_template_reads_a_key_or_holds_a_secret() -> None:
    for path in INFRA.rglob("*.bicep"):
        text = path.read_text()
        assert not re.search(r"listKeys|listSecrets|listAccountSas|AccountKey=|SharedAccessKey=|@secure", text, re.I), path.name


PROMISES = {
    "storage.bicep Microsoft.Storage/storageAccounts": {
        "allowBlobPublicAccess": "false", "allowSharedKeyAccess": "false", "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": "true",
    },
    "storage.bicep Microsoft.Storage/storageAccounts/blobServices/containers": {"publicAccess": "None"},
    "cosmos.bicep Microsoft.DocumentDB/databaseAccounts": {"disableLocalAuth": "true", "minimalTlsVersion": "Tls12"},
    "messaging.bicep Microsoft.ServiceBus/namespaces": {"disableLocalAuth": "true", "minimumTlsVersion": "1.2"},
    "registry.bicep Microsoft.ContainerRegistry/registries": {"adminUserEnabled": "false", "anonymousPullEnabled": "false"},
    "keyvault.bicep Microsoft.KeyVault/vaults": {"enableRbacAuthorization": "true", "enablePurgeProtection": "true"},
    "openai.bicep Microsoft.CognitiveServices/accounts": {"disableLocalAuth": "true"},
    "monitoring.bicep Microsoft.Insights/components": {"DisableLocalAuth": "true"},
    "functionapp.bicep Microsoft.Web/sites": {
        "httpsOnly": "true", "siteConfig.minTlsVersion": "1.2", "siteConfig.scmMinTlsVersion": "1.2", "siteConfig.ftpsState": "Disabled",
    },
    "functionapp.bicep Microsoft.Web/sites/basicPublishingCredentialsPolicies": {"allow": "false"},
    "sessions.bicep Microsoft.App/sessionPools": {"sessionNetworkConfiguration.status": "EgressDisabled"},
}  # fmt: skip
"""File and resource type -> what every resource of that type in that file must say."""


def open_doors(infra: Path) -> list[str]:
    """Promises that the templates do not keep, and promises about resources that are not there."""
    found = []
    for place, promises in PROMISES.items():
        file, kind = place.split(" ")
        resources = [r for r in Bicep(infra / "modules" / file).resources if r.kind.split("@")[0] == kind]
        found += [f"{place}: there is none"] if not resources else []
        for resource in resources:
            said = {path: says(resource, *path.split(".")) for path in promises}
            found += [f"{resource.symbol}: {path} is {said[path]}" for path, wanted in promises.items() if said[path] != wanted]
    return found


def test_doors_are_shut() -> None:
    assert open_doors(INFRA) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("storage.bicep", "allowBlobPublicAccess: false", "allowBlobPublicAccess: true", "account: allowBlobPublicAccess is true"),
        ("storage.bicep", "publicAccess: 'None'", "publicAccess: 'Blob'", "artifacts: publicAccess is Blob"),
        ("storage.bicep", "    allowSharedKeyAccess: false\n", "", "account: allowSharedKeyAccess is None"),
        ("storage.bicep", "'TLS1_2'", "'TLS1_0'", "account: minimumTlsVersion is TLS1_0"),
        ("cosmos.bicep", "disableLocalAuth: true", "disableLocalAuth: serverless", "account: disableLocalAuth is None"),
        ("sessions.bicep", "'EgressDisabled'", "'EgressEnabled'", "pool: sessionNetworkConfiguration.status is EgressEnabled"),
        ("keyvault.bicep", "KeyVault/vaults@", "KeyVault/managedHSMs@", "keyvault.bicep Microsoft.KeyVault/vaults: there is none"),
    ],
)
def test_a_door_that_is_opened_is_found(tmp_path: Path, file: str, old: str, new: str, found: str) -> None:
    copy = shutil.copytree(INFRA, tmp_path / "infra")
    text = (copy / "modules" / file).read_text()
    assert old in text
    (copy / "modules" / file).write_text(text.replace(old, new, 1))
    assert found in open_doors(copy)


def test_sessions_and_previews_cannot_use_an_identity() -> None:
    pool = module("sessions.bicep").resource("Microsoft.App/sessionPools")
    (setting,) = pool.get("properties", "managedIdentitySettings").named_children  # type: ignore[union-attr]
    assert literal(entries(setting)["lifecycle"]) == "None"
    assert [
        said(entries(setting)["identity"]),
        said(pool.get("properties", "customContainerTemplate", "registryCredentials", "identity")),
    ] == ["pullIdentityId"] * 2  # type: ignore[arg-type]
    assert "identity" not in entries(module("previews.bicep").resource("Microsoft.App/managedEnvironments").body)


def test_a_session_ends_with_its_runner_and_not_before_the_longest_job() -> None:
    pool = module("sessions.bicep").resource("Microsoft.App/sessionPools")
    life = ("properties", "dynamicPoolConfiguration", "lifecycleConfiguration")
    assert literal(pool.get(*life, "lifecycleType")) == "OnContainerExit"
    assert "cooldownPeriodInSeconds" not in entries(pool.get(*life))  # type: ignore[arg-type]  # counts for Timed only
    longest = unit._MOST_TIMES * Profile().wall_seconds + sessions._GRACE
    assert longest < int(said(pool.get(*life, "maxAlivePeriodInSeconds")))  # type: ignore[arg-type]
    assert re.fullmatch(r"[a-z][a-z0-9]{2,62}", said(pool.get("name")).strip("'").replace("${token}", "abcdefghijklm"))  # type: ignore[arg-type]


def test_the_page_on_previews_tells_everything_that_the_rules_let_out() -> None:
    page = (ROOT / "docs" / "azure" / "previews.md").read_text()
    prefix = r"destinationAddressPrefix: (?:empty\(registryId\) \? )?'([A-Z][\w.]+?)(?:\.\$\{location\})?'"
    tags = re.findall(prefix, (MODULES / "previews.bicep").read_text())
    told = set(re.findall(r"`([A-Z][\w.]+?)(?:\.<region>)?`", page))
    assert len(tags) == 8
    assert set(tags) - told == {"AzurePlatformDNS", "AzurePlatformIMDS"}  # told in words
    assert "Azure's name resolution" in page
    assert "not the metadata service" in page
    for text in re.findall(r"description: '([^']*)'", (MODULES / "previews.bicep").read_text()):
        assert len(text) <= 140, text  # Azure takes no longer one


def test_the_network_of_previews_lets_nothing_out_but_what_the_platform_needs() -> None:
    rules = module("previews.bicep").resource("Microsoft.Network/networkSecurityGroups").get("properties", "securityRules")
    out = [entries(entries(rule)["properties"]) for rule in rules.named_children]  # type: ignore[union-attr]
    out = [rule for rule in out if literal(rule["direction"]) == "Outbound"]
    allowed = {said(rule["destinationAddressPrefix"]).strip("'") for rule in out if literal(rule["access"]) == "Allow"}
    assert allowed == {
        "previewRange", "AzurePlatformDNS", "MicrosoftContainerRegistry", "AzureFrontDoor.FirstParty",
        "AzureActiveDirectory", "AzureMonitor",
        "empty(registryId) ? 'AzureContainerRegistry.${location}' : endpointRange",
        "empty(registryId) ? 'Storage.${location}' : endpointRange",
    }  # fmt: skip
    # The platform's own addresses obey no rule but one that names them.
    assert [literal(rule["access"]) for rule in out if literal(rule["destinationAddressPrefix"]) == "AzurePlatformIMDS"] == ["Deny"]
    last = max(out, key=lambda rule: int(literal(rule["priority"]) or 0))
    assert (literal(last["access"]), literal(last["destinationAddressPrefix"])) == ("Deny", "*")


def test_with_private_networking_previews_reach_the_registry_by_an_endpoint_and_no_other_account() -> None:
    previews, dns = module("previews.bicep"), arm("network/registry-dns.json")
    called = next(m for m in Bicep(INFRA / "main.bicep").modules if m.symbol == "previews")
    assert said(called.get("params", "registryId")) == "privateNetworking ? registry.outputs.id : ''"  # type: ignore[arg-type]
    endpoint = previews.resource("Microsoft.Network/privateEndpoints")
    assert dns["variables"]["endpointId"] == f"[resourceId('Microsoft.Network/privateEndpoints', '{literal(endpoint.get('name'))}')]"
    (connection,) = endpoint.get("properties", "privateLinkServiceConnections").named_children  # type: ignore[union-attr]
    assert said(entries(entries(connection)["properties"])["privateLinkServiceId"]) == "registryId"
    group = previews.resource("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
    assert literals(group.get("dependsOn")) == ["registryZone"]
    assert "'privatelink${environment().suffixes.acrLoginServer}'" in said(group.body)
    assert dns["variables"]["zone"] == "[concat('privatelink', environment().suffixes.acrLoginServer)]"
    assert "sku: privateNetworking ? 'Premium'" in said(Bicep(INFRA / "main.bicep").root)  # others have no private endpoint


def cosmos_containers(infra: Path) -> dict[str, Any]:
    """Name -> what the template says of the container."""
    bicep = Bicep(infra / "modules" / "cosmos.bicep")
    found = [r for r in bicep.resources if r.kind.split("@")[0].endswith("/sqlDatabases/containers")]
    return {str(literal(r.get("name"))): plain(r.get("properties", "resource")) for r in found}


def as_the_adapter_says() -> dict[str, Any]:
    """The same, from the module that reads and writes them."""
    wanted: dict[str, Any] = {}
    for container in CONTAINERS:
        body = {
            "id": container.name,
            "partitionKey": container.partition_key_definition(),
            "defaultTtl": container.default_ttl,
            "indexingPolicy": container.indexing_policy(),
            "vectorEmbeddingPolicy": container.vector_policy(),
        }
        wanted[container.name] = {key: value for key, value in body.items() if value is not None}
    return wanted


def test_containers_are_those_that_the_adapter_works_with() -> None:
    assert cosmos_containers(INFRA) == as_the_adapter_says()
    assert set(cosmos_containers(INFRA)) == {"runs", "projects", "registry", "deliveries", "failures", "leases"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'/run_id'\n", "'/id'\n"),
        ("defaultTtl: 604800", "defaultTtl: 60"),
        ("name: 'leases'", "name: 'lease'"),
        ("dimensions: 1536", "dimensions: 512"),
    ],
)
def test_a_container_that_differs_is_found(tmp_path: Path, old: str, new: str) -> None:
    copy = shutil.copytree(INFRA, tmp_path / "infra")
    file = copy / "modules" / "cosmos.bicep"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    assert cosmos_containers(copy) != as_the_adapter_says()


def test_the_account_is_as_consistent_as_the_adapter_needs_and_can_hold_vectors() -> None:
    account = module("cosmos.bicep").resource("Microsoft.DocumentDB/databaseAccounts")
    assert says(account, "consistencyPolicy", "defaultConsistencyLevel") == CONSISTENCY
    assert len(account.get("properties", "locations").named_children) == 1  # type: ignore[union-attr]  # strong reads stay in the region
    assert said(module("cosmos.bicep").root).count("'EnableNoSQLVectorSearch'") == 2  # with and without serverless


ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "storage",  # Storage Blob Data Owner
    "0ad04412-c4d5-4796-b79c-f76d14c8d402": "hub",  # Durable Task Data Contributor
    "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39": "topic",  # Azure Service Bus Data Sender
    "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0": "topic",  # Azure Service Bus Data Receiver
    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd": "openai",  # Cognitive Services OpenAI User
    "fb382eab-e894-4461-af04-94435c366c3f": "registry",  # Container Registry Tasks Contributor
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "registry",  # AcrPull: AcrDelete and the builder's role do not read tags
    "c2f4ef07-c644-48eb-af81-4b1b4947fb11": "registry",  # AcrDelete
    "f1a07417-d97a-45cb-824c-7a7467783830": "pullIdentity",  # Managed Identity Operator
    "4633458b-17de-408a-874b-0445c86b69e6": "vault",  # Key Vault Secrets User
    "3913510d-42f4-4e42-8a64-420c390055eb": "insights",  # Monitoring Metrics Publisher
    "73c42c96-874c-492b-b04d-ab87d138a893": "workspace",  # Log Analytics Reader
    "0fb8eba5-a2bb-4abe-b1c1-49dfad359bb0": "pool",  # Azure ContainerApps Session Executor
}


def grants(file: str) -> dict[str, tuple[str, str]]:
    """Role id -> the scope and the principal it is given to."""
    bicep = module(file)
    roles = dict(
        re.findall(r"var (\w+) = subscriptionResourceId\('Microsoft.Authorization/roleDefinitions', '([0-9a-f-]{36})'\)", said(bicep.root))
    )
    found = {}
    for resource in bicep.resources:
        if resource.kind.startswith("Microsoft.Authorization/roleAssignments@"):
            role = said(resource.get("properties", "roleDefinitionId"))  # type: ignore[arg-type]
            scope = resource.get("scope")
            found[roles[role]] = (said(scope) if scope else "group", said(resource.get("properties", "principalId")))  # type: ignore[arg-type]
            assert resource.get("name") is not None
            assert role in said(resource.get("name"))  # type: ignore[arg-type]  # one name per scope, principal and role
            assert says(resource, "principalType") == "ServicePrincipal"
    return found


def test_the_app_has_the_least_role_on_the_smallest_scope() -> None:
    assert grants("rbac/app.bicep") == {role: (scope, "appPrincipalId") for role, scope in ROLES.items()}
    assert grants("rbac/previews.bicep") == {"358470bc-b998-42bd-ab17-a7e34c199c0f": ("group", "appPrincipalId")}


def test_the_pull_identity_may_pull_and_nothing_else() -> None:
    assert grants("rbac/pull.bicep") == {"7f951dda-4ed3-4680-a7ca-43fe172d538d": ("registry", "pullPrincipalId")}
    main = said(Bicep(INFRA / "main.bicep").root)
    assert main.count("identity.outputs.pullPrincipalId") == 1


def test_the_data_of_cosmos_is_granted_on_the_database_only() -> None:
    grant = module("rbac/app.bicep").resource("Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments")
    assert said(grant.get("properties", "scope")) == "'${cosmos.id}/dbs/${cosmosDatabase}'"  # type: ignore[arg-type]
    assert "sqlRoleDefinitions/00000000-0000-0000-0000-000000000002" in said(grant.get("properties", "roleDefinitionId"))  # type: ignore[arg-type]


def test_roles_are_assigned_in_one_folder() -> None:
    for path in INFRA.rglob("*.bicep"):
        assigns = [r.kind for r in Bicep(path).resources if "roleAssignments@" in r.kind.lower() or "roleassignments@" in r.kind.lower()]
        assert not assigns or path.parent.name == "rbac", path


def test_the_group_of_previews_holds_only_previews() -> None:
    scopes = {m.symbol: said(m.get("scope")) for m in Bicep(INFRA / "main.bicep").modules if m.get("scope") is not None}  # type: ignore[arg-type]
    assert {symbol for symbol, scope in scopes.items() if scope == "previewGroup"} == {"previews", "previewRights"}


def test_images_can_be_pulled_before_anything_pulls_them() -> None:
    sessions = next(m for m in Bicep(INFRA / "main.bicep").modules if m.symbol == "sessions")
    assert literals(sessions.get("dependsOn")) == ["pullRights"]


def test_only_what_asks_for_no_role_passes_unauthenticated() -> None:
    auth = module("functionapp.bicep").resource("Microsoft.Web/sites/config", "authsettingsV2")
    assert says(auth, "globalValidation", "requireAuthentication") == "true"
    assert says(auth, "globalValidation", "unauthenticatedClientAction") == "Return401"
    open_paths = {key.partition(" ")[2] for key, access in ACCESS.items() if isinstance(access, Door)}
    wanted = {path.replace("{provider}", provider) for path in open_paths for provider in get_args(Provider)}
    assert set(literals(auth.get("properties", "globalValidation", "excludedPaths"))) == wanted
    assert {"/api/v1/health", "/api/v1/webhooks/github", "/.well-known/oauth-protected-resource/api/v1"} < wanted


def test_both_profiles_and_azd_give_every_parameter_that_has_no_default() -> None:
    main = Bicep(INFRA / "main.bicep")
    required = {name for name, optional in main.params.items() if not optional}
    azd = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    assert required <= set(azd) <= set(main.params)
    for profile in ("dev", "prod"):
        given = json.loads((INFRA / "env" / f"{profile}.parameters.json").read_text())["parameters"]
        assert set(given) <= set(main.params)
        assert given["profile"]["value"] == profile
        assert required - set(given) == {"entraClientId", "contactEmail", "budgetStart"}  # nobody but the operator knows these


def arm(path: str) -> dict[str, Any]:
    return json.loads((INFRA / path).read_text())


def test_modules_that_are_arm_templates_find_by_name_what_the_bicep_modules_make() -> None:
    workbook, dns = arm("monitor/workbook.json"), arm("network/private-dns.json")
    workspace = module("monitoring.bicep").resource("Microsoft.OperationalInsights/workspaces")
    assert (
        workbook["variables"]["workspaceId"]
        == f"[resourceId('Microsoft.OperationalInsights/workspaces', '{literal(workspace.get('name'))}')]"
    )
    network = module("network.bicep").resource("Microsoft.Network/virtualNetworks")
    assert dns["variables"]["networkId"] == f"[resourceId('Microsoft.Network/virtualNetworks', '{literal(network.get('name'))}')]"
    operators, rules = module("alerts.bicep").resource("Microsoft.Insights/actionGroups"), arm("monitor/metric-alerts.json")
    assert rules["variables"]["actionGroupId"] == f"[resourceId('Microsoft.Insights/actionGroups', '{literal(operators.get('name'))}')]"
    for template in (workbook, dns, rules, arm("network/registry-dns.json")):
        used = set(re.findall(r"variables\('(\w+)'\)", json.dumps(template["resources"])))
        assert used == set(template["variables"])
        assert "parameters" not in template


def unfulfilled(infra: Path) -> list[str]:
    """Outputs of deployments that ARM templates ask for, and that `main.bicep` makes elsewhere, later or not at all."""
    found, main = [], Bicep(infra / "main.bicep")
    deployments = {literal(m.get("name")): m for m in main.modules}
    callers = {"workbook.json": "boards", "metric-alerts.json": "alerts"}
    for file, symbol in callers.items():
        text, caller = (infra / "monitor" / file).read_text(), next(m for m in main.modules if m.symbol == symbol)
        asked = re.findall(r"reference\(resourceId\('Microsoft.Resources/deployments', '(\w+)'\), '[\d-]+'\)\.outputs\.(\w+)\.value", text)
        for name, output in asked:
            made = deployments.get(name)
            if made is None or said(made.get("scope")) != said(caller.get("scope")) or output not in Bicep(infra / made.kind).outputs:  # type: ignore[arg-type]
                found.append(f"{file}: no deployment {name} with the output {output}")
            elif f"{made.symbol}.outputs." not in said(caller.body) and made.symbol not in literals(caller.get("dependsOn")):
                found.append(f"{file}: {symbol} does not wait for {name}")
        found += [] if asked else [f"{file}: asks for nothing"]
    return found


def test_what_arm_templates_ask_of_other_deployments_is_there_before_they_ask() -> None:
    assert unfulfilled(INFRA) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("main.bicep", "name: 'messaging'", "name: 'bus'", "no deployment messaging with the output id"),
        ("main.bicep", "  dependsOn: [\n    messaging\n  ]\n", "", "metric-alerts.json: alerts does not wait for messaging"),
        ("modules/messaging.bicep", "output id string", "output busId string", "workbook.json: no deployment messaging with the output id"),
    ],
)
def test_an_output_that_is_not_there_is_found(tmp_path: Path, file: str, old: str, new: str, found: str) -> None:
    copy = shutil.copytree(INFRA, tmp_path / "infra")
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))
    assert [problem for problem in unfulfilled(copy) if found in problem]


def test_every_private_endpoint_has_its_zone() -> None:
    network = next(m for m in Bicep(INFRA / "main.bicep").modules if m.symbol == "network")
    targets = network.get("params", "targets")
    zones = [said(entries(target)["zone"]).strip("'") for target in targets.named_children]  # type: ignore[union-attr]
    assert [zone.replace("${environment().suffixes.storage}", "core.windows.net") for zone in zones] == arm("network/private-dns.json")[
        "variables"
    ]["zones"]
    assert "dependsOn: [\n      zones" in said(module("network.bicep").root)
