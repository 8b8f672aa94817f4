// Builds and keeps the images of previews and of the session pool. No admin user, no anonymous pull.
param location string
param tags object
param token string
@allowed([
  'Standard'
  'Premium'
])
param sku string
param workspaceId string

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  // checkov:skip=CKV_AZURE_139: its build agents reach a registry without public access only from a Premium agent pool; every request is Entra-signed
  // checkov:skip=CKV_AZURE_166: quarantine needs a scanner of the operator's choice; images are built from platform-owned templates only
  // checkov:skip=CKV_AZURE_163: scanning is a plan of Defender for Containers, which the subscription's owner turns on
  name: 'crfactory${token}'
  location: location
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    publicNetworkAccess: 'Enabled'
    networkRuleBypassOptions: 'AzureServices'
    roleAssignmentMode: 'LegacyRegistryPermissions' // the other mode knows no AcrPull and no AcrDelete
    policies: {
      azureADAuthenticationAsArmPolicy: {
        status: 'enabled'
      }
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: registry
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'ContainerRegistryLoginEvents'
        enabled: true
      }
      {
        category: 'ContainerRegistryRepositoryEvents'
        enabled: true
      }
    ]
  }
}

output id string = registry.id
output name string = registry.name
output loginServer string = registry.properties.loginServer
