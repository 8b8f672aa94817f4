// What the app's identity may do, and where: one least role per need, on the smallest scope that has it. Two parts of this folder are
// apart because of order (pull) and of scope (previews); no other file of the template assigns a role.
param appPrincipalId string
param storageName string
param cosmosName string
param cosmosDatabase string
param schedulerName string
param hubName string
param serviceBusName string
param topicName string
param openAiName string
param registryName string
param pullIdentityName string
param keyVaultName string
param insightsName string
param workspaceName string
@description('Empty until the session pool exists.')
param sessionPoolName string

// Storage Blob Data Owner: host locks, the package, artifacts, leases, links signed by the identity; storage.md says why it is not less
var blobOwner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
// Durable Task Data Contributor, on the hub only
var taskData = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0ad04412-c4d5-4796-b79c-f76d14c8d402')
// Azure Service Bus Data Sender, on the topic only
var busSender = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39')
// Azure Service Bus Data Receiver, on the topic only: dead letters are read and sent again
var busReceiver = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0')
// Cognitive Services OpenAI User: for the provider of models. Nothing asks for it yet, and without deployments there is nothing to ask
var openAiUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd')
// Container Registry Tasks Contributor: builds images of previews
var tasksContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'fb382eab-e894-4461-af04-94435c366c3f')
// AcrPull: sees by its tag whether the image of a preview is there already
var acrPull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')
// AcrDelete: removes the image of a preview that has ended
var acrDelete = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'c2f4ef07-c644-48eb-af81-4b1b4947fb11')
// Managed Identity Operator, on the pull identity only: hands it to a preview
var identityOperator = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'f1a07417-d97a-45cb-824c-7a7467783830')
// Key Vault Secrets User: reads what Key Vault references name
var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-874b-0445c86b69e6')
// Monitoring Metrics Publisher: telemetry is refused without sign-in
var metricsPublisher = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')
// Log Analytics Reader: shows the console of a preview to its owner
var logReader = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '73c42c96-874c-492b-b04d-ab87d138a893')
// Azure ContainerApps Session Executor, on the pool only
var sessionExecutor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0fb8eba5-a2bb-4abe-b1c1-49dfad359bb0')

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: cosmosName
}

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' existing = {
  name: schedulerName
}

resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' existing = {
  parent: scheduler
  name: hubName
}

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource topic 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = {
  parent: bus
  name: topicName
}

resource openai 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: openAiName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource pullIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: pullIdentityName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: keyVaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource blobOwnerGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, appPrincipalId, blobOwner)
  scope: storage
  properties: {
    roleDefinitionId: blobOwner
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource taskDataGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hub.id, appPrincipalId, taskData)
  scope: hub
  properties: {
    roleDefinitionId: taskData
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource busSenderGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, appPrincipalId, busSender)
  scope: topic
  properties: {
    roleDefinitionId: busSender
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource busReceiverGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, appPrincipalId, busReceiver)
  scope: topic
  properties: {
    roleDefinitionId: busReceiver
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource openAiUserGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(openai.id, appPrincipalId, openAiUser)
  scope: openai
  properties: {
    roleDefinitionId: openAiUser
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource tasksContributorGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, appPrincipalId, tasksContributor)
  scope: registry
  properties: {
    roleDefinitionId: tasksContributor
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource acrPullGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, appPrincipalId, acrPull)
  scope: registry
  properties: {
    roleDefinitionId: acrPull
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource acrDeleteGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, appPrincipalId, acrDelete)
  scope: registry
  properties: {
    roleDefinitionId: acrDelete
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource identityOperatorGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(pullIdentity.id, appPrincipalId, identityOperator)
  scope: pullIdentity
  properties: {
    roleDefinitionId: identityOperator
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource secretsUserGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, secretsUser)
  scope: vault
  properties: {
    roleDefinitionId: secretsUser
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource metricsPublisherGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, appPrincipalId, metricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: metricsPublisher
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource logReaderGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, appPrincipalId, logReader)
  scope: workspace
  properties: {
    roleDefinitionId: logReader
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// Cosmos DB has roles of its own: Data Contributor, on the database only.
resource documentsGrant 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = {
  parent: cosmos
  name: guid(cosmos.id, appPrincipalId, cosmosDatabase)
  properties: {
    roleDefinitionId: '${cosmos.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002'
    principalId: appPrincipalId
    scope: '${cosmos.id}/dbs/${cosmosDatabase}'
  }
}

resource pool 'Microsoft.App/sessionPools@2025-07-01' existing = if (!empty(sessionPoolName)) {
  name: empty(sessionPoolName) ? 'none' : sessionPoolName
}

resource sessionsGrant 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(sessionPoolName)) {
  name: guid(pool.id, appPrincipalId, sessionExecutor)
  scope: pool
  properties: {
    roleDefinitionId: sessionExecutor
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}
