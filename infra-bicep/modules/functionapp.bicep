// The app on a Flex Consumption plan: identity-based storage, the Durable Task Scheduler by override of host.json, and every setting
// that shared/settings.py reads. A test holds this list and that module to each other.
param location string
param tags object
param token string
param environmentName string
param pythonVersion string
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int
param alwaysReadyDurable int
param zoneRedundant bool
param heavySlots int
param maxRepairRounds int
param previewsPerUser int
param defaultProject string

param identityId string
param identityClientId string
param storageName string
param packageUrl string
param blobUrl string
@description('False where callers cannot reach the account: the app then answers downloads itself.')
param blobLinks bool
param artifactContainer string
param schedulerEndpoint string
param hubName string
param cosmosEndpoint string
param cosmosDatabase string
param serviceBusHostName string
param serviceBusTopic string
param insightsConnectionString string
param sessionPoolEndpoint string
param previewEnvironmentId string
param previewLocation string
param pullIdentityId string
param registryId string
param registryServer string
param logWorkspaceCustomerId string
param entraClientId string
@description('Who may use which project: object id of a user, group or app, or *, to a list of projects.')
param projectAccess object
param keyVaultUri string
@description('Webhooks whose secret is in the Key Vault: github, gitlab, ci. A reference to a secret that is not there would stop the app.')
param webhooks array
@description('True once the Key Vault holds the secret signing-key. A reference to a secret that is not there would stop the app.')
param signingKey bool
@description('Public keys of earlier signers, PEM or base64 of it.')
param trustedKeys string
@description('Public client that the service names to `qlf login`; empty: the application itself.')
param cliClientId string
@description('Client ids whose tokens App Service lets through: the application itself, that of `qlf login` and those of automation.')
param allowedClientIds array
@description('Subnet of the app with private networking; empty without.')
param subnetId string
param workspaceId string

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  // checkov:skip=CKV_AZURE_225: zone redundancy follows the profile: off in dev, on in prod
  name: 'plan-factory-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  // checkov:skip=CKV_AZURE_213: Flex Consumption has no health check; a missed heartbeat raises an alert
  // checkov:skip=CKV_AZURE_212: instances are scaled by the platform; a fixed worker count does not exist on Flex Consumption
  // checkov:skip=CKV_AZURE_17: callers are programs with bearer tokens; client certificates are not part of the protocol
  // checkov:skip=CKV_AZURE_222: the API is public by purpose, behind App Service authentication
  name: 'func-factory-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      ftpsState: 'Disabled'
      remoteDebuggingEnabled: false
    }
    functionAppConfig: {
      runtime: {
        name: 'python'
        version: pythonVersion
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: [
          {
            name: 'durable'
            instanceCount: alwaysReadyDurable
          }
        ]
        triggers: {
          http: {
            perInstanceConcurrency: 16
          }
        }
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  // checkov:skip=CKV_AZURE_13: App Service authentication is a resource of its own, auth
  // checkov:skip=CKV_AZURE_63: read as a site by the checker; logs go to Application Insights
  // checkov:skip=CKV_AZURE_65: read as a site by the checker; logs go to Application Insights
  // checkov:skip=CKV_AZURE_66: read as a site by the checker; logs go to Application Insights
  // checkov:skip=CKV_AZURE_80: there is no .NET in this app
  // checkov:skip=CKV_AZURE_88: Flex Consumption mounts no Azure Files
  // checkov:skip=CKV_AZURE_222: the API is public by purpose, behind App Service authentication
  parent: site
  name: 'appsettings'
  properties: {
    // The host.
    AzureWebJobsStorage__accountName: storageName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
    AzureFunctionsJobHost__extensions__durableTask__hubName: hubName
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
    AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions: '4'
    AzureFunctionsJobHost__extensions__durableTask__maxConcurrentOrchestratorFunctions: '4'
    AZURE_FUNCTIONS_DURABLE_STRICT_TYPING: 'true'
    FUNCTIONS_WORKER_PROCESS_COUNT: '1'
    PYTHON_THREADPOOL_THREAD_COUNT: '8'
    PYTHON_ISOLATE_WORKER_DEPENDENCIES: '1'
    PYTHON_ENABLE_OPENTELEMETRY: 'true'
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    OTEL_SERVICE_NAME: 'quantumlayer-factory'
    // The app.
    APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
    AZURE_CLIENT_ID: identityClientId
    COSMOS_ENDPOINT: cosmosEndpoint
    ENTRA_AUTHORITY: environment().authentication.loginEndpoint
    ENTRA_CLIENT_ID: entraClientId
    ENTRA_CLI_CLIENT_ID: cliClientId
    ENTRA_TENANT_ID: tenant().tenantId
    QLF_ARM_ENDPOINT: environment().resourceManager
    QLF_BLOB_CONTAINER: artifactContainer
    QLF_BLOB_LINKS: string(blobLinks)
    QLF_BLOB_URL: blobUrl
    QLF_COSMOS_DATABASE: cosmosDatabase
    QLF_ENVIRONMENT: environmentName
    QLF_HEAVY_SLOTS: string(heavySlots)
    QLF_HOME: '/tmp/quantumlayer'
    QLF_MAX_REPAIR_ROUNDS: string(maxRepairRounds)
    QLF_PREVIEWS_PER_USER: string(previewsPerUser)
    QLF_PREVIEW_ENVIRONMENT_ID: previewEnvironmentId
    QLF_PREVIEW_LOCATION: previewLocation
    QLF_PREVIEW_LOG_WORKSPACE_ID: logWorkspaceCustomerId
    QLF_PREVIEW_PULL_IDENTITY_ID: pullIdentityId
    QLF_PROJECT: defaultProject
    QLF_PROJECT_ACCESS: string(projectAccess)
    QLF_REGISTRY_ID: registryId
    QLF_REGISTRY_SERVER: registryServer
    QLF_SERVICEBUS_NAMESPACE: serviceBusHostName
    QLF_SERVICEBUS_TOPIC: serviceBusTopic
    QLF_SESSION_POOL_ENDPOINT: sessionPoolEndpoint
    QLF_SIGNING_KEY_PEM: signingKey ? '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/signing-key)' : ''
    QLF_TELEMETRY_EXPORTER: 'azure-monitor'
    QLF_TRUSTED_KEYS: trustedKeys
    QLF_WEBHOOK_CI_SECRET: contains(webhooks, 'ci') ? '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/webhook-ci)' : ''
    QLF_WEBHOOK_GITHUB_SECRET: contains(webhooks, 'github') ? '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/webhook-github)' : ''
    QLF_WEBHOOK_GITLAB_SECRET: contains(webhooks, 'gitlab') ? '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/webhook-gitlab)' : ''
  }
}

resource scmCredentials 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}

resource ftpCredentials 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
}

// In front of the API: no token of this tenant for this application, no request. Webhooks prove themselves by their signature.
resource auth 'Microsoft.Web/sites/config@2025-03-01' = {
  // checkov:skip=CKV_AZURE_13: App Service authentication is a resource of its own, auth
  // checkov:skip=CKV_AZURE_63: read as a site by the checker; logs go to Application Insights
  // checkov:skip=CKV_AZURE_65: read as a site by the checker; logs go to Application Insights
  // checkov:skip=CKV_AZURE_66: read as a site by the checker; logs go to Application Insights
  // checkov:skip=CKV_AZURE_80: there is no .NET in this app
  // checkov:skip=CKV_AZURE_88: Flex Consumption mounts no Azure Files
  // checkov:skip=CKV_AZURE_222: the API is public by purpose, behind App Service authentication
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      excludedPaths: [
        '/api/v1/health'
        '/api/v1/health/liveness'
        '/api/v1/health/readiness'
        '/api/v1/openapi.json'
        '/.well-known/oauth-protected-resource/api/v1'
        '/api/v1/webhooks/github'
        '/api/v1/webhooks/gitlab'
        '/api/v1/webhooks/ci'
      ]
    }
    httpSettings: {
      requireHttps: true
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          clientId: entraClientId
        }
        validation: {
          allowedAudiences: [
            entraClientId
            'api://${entraClientId}'
          ]
          defaultAuthorizationPolicy: {
            allowedApplications: allowedClientIds
          }
        }
      }
    }
    login: {
      // It keeps tokens of browsers that signed in here; nobody does. docs/azure/identity.md says what that means for roles.
      tokenStore: {
        enabled: false
      }
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: site
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AppServiceAuthenticationLogs'
        enabled: true
      }
    ]
  }
}

output id string = site.id
output name string = site.name
output uri string = 'https://${site.properties.defaultHostName}'
