// What the app may do in the resource group of previews: make, read and remove container apps.
param appPrincipalId string

var containerAppsContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '358470bc-b998-42bd-ab17-a7e34c199c0f')

resource previews 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, appPrincipalId, containerAppsContributor)
  properties: {
    roleDefinitionId: containerAppsContributor
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}
