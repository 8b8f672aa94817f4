// One installation of QuantumLayer Factory: two resource groups (the factory, its previews) and everything in them.
// No keys and no secrets: whoever talks to a store signs in with an identity. docs/azure/deploy.md says how to deploy it.
targetScope = 'subscription'

@minLength(2)
@maxLength(24)
@description('Name of this installation: lower-case letters, digits, hyphens.')
param environmentName string
@description('Region of everything but, if you say so, the models.')
param location string
@allowed([
  'dev'
  'prod'
])
@description('Sizes and redundancy: dev is cheap at rest, prod survives the loss of a zone.')
param profile string
@description('Application id of the API in Entra; scripts/entra_app.py makes it.')
param entraClientId string
@description('Client ids of programs whose tokens App Service lets through as well: of the pipeline, of the Azure CLI.')
param automationClientIds array = []
@description('Application id of the public client that `qlf login` signs in with, where it has a registration of its own. Empty: entraClientId.')
param cliClientId string = ''
@minLength(3)
@description('Who hears of alerts and budgets.')
param contactEmail string
@description('Image of the runner with its digest; empty until it was built, see docs/azure/deploy.md.')
param runnerImage string = ''
@description('Private endpoints for the stores, their public doors shut. Needs Premium tiers.')
param privateNetworking bool = false
@description('Reach of the Durable Task Scheduler; its data is behind Entra either way. An empty list denies everyone.')
param schedulerIpAllowlist array = [
  '0.0.0.0/0'
]
@description('Region of the models, where the main one has no quota.')
param openAiLocation string = location
@description('Model deployments: [{ name, model, version, sku, capacity }]; capacity in thousands of tokens per minute. Empty: none.')
param modelDeployments array = []
@allowed([
  '3.11'
  '3.12'
  '3.13'
])
param pythonVersion string = '3.12'
@minValue(1)
@description('Budget of both resource groups per month, in the currency of the subscription.')
param monthlyBudget int
@minLength(10)
@maxLength(10)
@description('First day of the month in which the budget starts to count. It stays as it was first: Azure refuses another one.')
param budgetStart string
@description('False while an installation is being tried out.')
param alertsEnabled bool = true
@description('Project that new runs belong to when the caller names none.')
param defaultProject string = 'default'
@description('Who may use which project: object id of a user, group or app, or *, to a list of projects (*: all). Admins may use all.')
param projectAccess object = {}
@description('Webhooks whose secret was put into the Key Vault as webhook-<name>: github, gitlab, ci.')
param webhooks array = []
@description('True once scripts/signing_key.sh has put the key that signs capsules into the Key Vault; nothing is packaged before.')
param signingKey bool = false
@description('Public keys of earlier signers, whose capsules verify here too: PEM texts, or base64 of them in one line.')
param trustedKeys string = ''
@description('Who reads the topic: [{ name, sessions, filter }], the last two may be left out. A subscription that nobody reads fills the topic.')
param subscribers array = []
@maxLength(44)
@description('Cosmos DB account to use: one that was restored into the first resource group. Empty: the one that is named by the template.')
param cosmosAccountName string = ''
@minLength(3)
@maxLength(64)
@description('Hub of the scheduler. A new one starts empty; runs of the old one are not driven any more.')
param hubName string = 'factory'
@allowed([
  ''
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GZRS'
])
@description('Redundancy of the storage account. Empty: LRS in dev, ZRS in prod.')
param storageSku string = ''

var token = toLower(uniqueString(subscription().id, environmentName, location))
var prod = profile == 'prod'
var profileSku = prod ? 'Standard_ZRS' : 'Standard_LRS'
var tags = {
  'azd-env-name': environmentName
  'factory-profile': profile
}
var publicAccess = privateNetworking ? 'Disabled' : 'Enabled'
var databaseName = 'factory'
var artifactContainer = 'artifacts'
var topicName = 'factory-events'

resource factoryGroup 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-factory-${environmentName}'
  location: location
  tags: tags
}

// A group of its own, so that the right to make and remove container apps reaches nothing but previews.
resource previewGroup 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-factory-${environmentName}-previews'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: factoryGroup
  name: 'identity'
  params: {
    location: location
    tags: tags
    token: token
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: factoryGroup
  name: 'monitoring'
  params: {
    location: location
    tags: tags
    token: token
    retentionDays: prod ? 90 : 30
    dailyQuotaGb: prod ? 10 : 1
  }
}

module storage 'modules/storage.bicep' = {
  scope: factoryGroup
  name: 'storage'
  params: {
    location: location
    tags: tags
    token: token
    artifactContainer: artifactContainer
    sku: storageSku == '' ? profileSku : storageSku
    publicNetworkAccess: publicAccess
    deletedDays: prod ? 30 : 7
    workspaceId: monitoring.outputs.workspaceId
  }
}

module cosmos 'modules/cosmos.bicep' = {
  scope: factoryGroup
  name: 'cosmos'
  params: {
    location: location
    tags: tags
    token: token
    accountName: cosmosAccountName
    databaseName: databaseName
    serverless: !prod
    maxThroughput: 1000
    zoneRedundant: prod
    publicNetworkAccess: publicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module messaging 'modules/messaging.bicep' = {
  scope: factoryGroup
  name: 'messaging'
  params: {
    location: location
    tags: tags
    token: token
    topicName: topicName
    subscribers: subscribers
    sku: privateNetworking ? 'Premium' : 'Standard'
    publicNetworkAccess: publicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module scheduler 'modules/scheduler.bicep' = {
  scope: factoryGroup
  name: 'scheduler'
  params: {
    location: location
    tags: tags
    token: token
    hubName: hubName
    sku: prod ? 'Dedicated' : 'Consumption'
    capacityUnits: prod ? 3 : 1
    ipAllowlist: schedulerIpAllowlist
    completedDays: 7
    failedDays: 30
  }
}

module registry 'modules/registry.bicep' = {
  scope: factoryGroup
  name: 'registry'
  params: {
    location: location
    tags: tags
    token: token
    sku: privateNetworking ? 'Premium' : 'Standard'
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/keyvault.bicep' = {
  scope: factoryGroup
  name: 'keyvault'
  params: {
    location: location
    tags: tags
    token: token
    publicNetworkAccess: publicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module openAi 'modules/openai.bicep' = {
  scope: factoryGroup
  name: 'openai'
  params: {
    location: openAiLocation
    tags: tags
    token: token
    publicNetworkAccess: publicAccess
    deployments: modelDeployments
    workspaceId: monitoring.outputs.workspaceId
  }
}

module pullRights 'modules/rbac/pull.bicep' = {
  scope: factoryGroup
  name: 'rbac-pull'
  params: {
    registryName: registry.outputs.name
    pullPrincipalId: identity.outputs.pullPrincipalId
  }
}

module sessions 'modules/sessions.bicep' = {
  scope: factoryGroup
  name: 'sessions'
  dependsOn: [
    pullRights
  ]
  params: {
    location: location
    tags: tags
    token: token
    runnerImage: runnerImage
    registryServer: registry.outputs.loginServer
    pullIdentityId: identity.outputs.pullId
    maxSessions: prod ? 50 : 10
    readySessions: prod ? 2 : 0
    workspaceId: monitoring.outputs.workspaceId
  }
}

module previews 'modules/previews.bicep' = {
  scope: previewGroup
  name: 'previews'
  params: {
    location: location
    tags: tags
    token: token
    zoneRedundant: prod
    registryId: privateNetworking ? registry.outputs.id : ''
    workspaceId: monitoring.outputs.workspaceId
  }
}

module previewRights 'modules/rbac/previews.bicep' = {
  scope: previewGroup
  name: 'rbac-previews'
  params: {
    appPrincipalId: identity.outputs.appPrincipalId
  }
}

module appRights 'modules/rbac/app.bicep' = {
  scope: factoryGroup
  name: 'rbac-app'
  params: {
    appPrincipalId: identity.outputs.appPrincipalId
    storageName: storage.outputs.name
    cosmosName: cosmos.outputs.name
    cosmosDatabase: cosmos.outputs.databaseName
    schedulerName: scheduler.outputs.schedulerName
    hubName: scheduler.outputs.hubName
    serviceBusName: messaging.outputs.name
    topicName: messaging.outputs.topicName
    openAiName: openAi.outputs.name
    registryName: registry.outputs.name
    pullIdentityName: identity.outputs.pullName
    keyVaultName: keyVault.outputs.name
    insightsName: monitoring.outputs.insightsName
    workspaceName: monitoring.outputs.workspaceName
    sessionPoolName: sessions.outputs.poolName
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  scope: factoryGroup
  name: 'network'
  params: {
    location: location
    tags: tags
    token: token
    targets: [
      {
        name: 'blob'
        id: storage.outputs.id
        group: 'blob'
        zone: 'privatelink.blob.${environment().suffixes.storage}'
      }
      {
        name: 'cosmos'
        id: cosmos.outputs.id
        group: 'Sql'
        zone: 'privatelink.documents.azure.com'
      }
      {
        name: 'servicebus'
        id: messaging.outputs.id
        group: 'namespace'
        zone: 'privatelink.servicebus.windows.net'
      }
      {
        name: 'keyvault'
        id: keyVault.outputs.id
        group: 'vault'
        zone: 'privatelink.vaultcore.azure.net'
      }
      {
        name: 'openai'
        id: openAi.outputs.id
        group: 'account'
        zone: 'privatelink.openai.azure.com'
      }
    ]
  }
}

module app 'modules/functionapp.bicep' = {
  scope: factoryGroup
  name: 'functionapp'
  dependsOn: [
    appRights
    previewRights
  ]
  params: {
    location: location
    tags: tags
    token: token
    environmentName: environmentName
    pythonVersion: pythonVersion
    instanceMemoryMB: prod ? 4096 : 2048
    maximumInstanceCount: prod ? 100 : 40
    alwaysReadyDurable: prod ? 2 : 1
    zoneRedundant: prod
    heavySlots: prod ? 2 : 1
    maxRepairRounds: 3
    previewsPerUser: 3
    defaultProject: defaultProject
    identityId: identity.outputs.appId
    identityClientId: identity.outputs.appClientId
    storageName: storage.outputs.name
    packageUrl: storage.outputs.packageUrl
    blobUrl: storage.outputs.blobUrl
    blobLinks: !privateNetworking
    artifactContainer: artifactContainer
    schedulerEndpoint: scheduler.outputs.endpoint
    hubName: scheduler.outputs.hubName
    cosmosEndpoint: cosmos.outputs.endpoint
    cosmosDatabase: cosmos.outputs.databaseName
    serviceBusHostName: messaging.outputs.hostName
    serviceBusTopic: messaging.outputs.topicName
    insightsConnectionString: monitoring.outputs.connectionString
    sessionPoolEndpoint: sessions.outputs.poolEndpoint
    previewEnvironmentId: previews.outputs.environmentId
    previewLocation: location
    pullIdentityId: identity.outputs.pullId
    registryId: registry.outputs.id
    registryServer: registry.outputs.loginServer
    logWorkspaceCustomerId: monitoring.outputs.workspaceCustomerId
    entraClientId: entraClientId
    projectAccess: projectAccess
    keyVaultUri: keyVault.outputs.uri
    webhooks: webhooks
    signingKey: signingKey
    trustedKeys: trustedKeys
    cliClientId: cliClientId
    allowedClientIds: union([ entraClientId ], empty(cliClientId) ? [] : [ cliClientId ], automationClientIds)
    subnetId: privateNetworking ? network.outputs.appSubnetId : ''
    workspaceId: monitoring.outputs.workspaceId
  }
}

// monitor/metric-alerts.json asks the deployment `messaging` where Service Bus is.
module alerts 'modules/alerts.bicep' = {
  scope: factoryGroup
  name: 'alerts'
  dependsOn: [
    messaging
  ]
  params: {
    location: location
    tags: tags
    token: token
    workspaceId: monitoring.outputs.workspaceId
    contactEmails: [
      contactEmail
    ]
    enabled: alertsEnabled
  }
}

module boards 'modules/boards.bicep' = {
  scope: factoryGroup
  name: 'boards'
  params: {
    location: location
    tags: tags
    token: token
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    siteId: app.outputs.id
    cosmosId: cosmos.outputs.id
    serviceBusId: messaging.outputs.id
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget-${environmentName}'
  params: {
    name: 'factory-${environmentName}'
    amount: monthlyBudget
    resourceGroupNames: [
      factoryGroup.name
      previewGroup.name
    ]
    contactEmails: [
      contactEmail
    ]
    startDate: budgetStart
  }
}

output AZURE_RESOURCE_GROUP string = factoryGroup.name
output AZURE_CONTAINER_REGISTRY_NAME string = registry.outputs.name
output AZURE_KEY_VAULT_NAME string = keyVault.outputs.name
output AZURE_OPENAI_ENDPOINT string = openAi.outputs.endpoint
output FACTORY_BUDGET_START string = budgetStart
output SERVICE_API_ID string = app.outputs.id
output SERVICE_API_NAME string = app.outputs.name
output SERVICE_API_URI string = app.outputs.uri
output SIGNING_KEY_READY bool = signingKey
output SESSION_POOL_READY bool = !empty(runnerImage)
