// What operators look at: a workbook and a portal dashboard. Both are files of this repository with the resource ids put in.
param location string
param tags object
param token string
param workspaceId string
param insightsId string
param siteId string
param cosmosId string
param serviceBusId string

// Workbooks have no published type in the checked set; the template of this nested deployment is plain ARM.
resource workbook 'Microsoft.Resources/deployments@2025-04-01' = {
  name: 'workbook-${token}'
  properties: {
    mode: 'Incremental'
    template: loadJsonContent('arm/workbook.json')
    parameters: {
      name: {
        value: guid(resourceGroup().id, 'factory-workbook')
      }
      displayName: {
        value: 'QuantumLayer Factory'
      }
      location: {
        value: location
      }
      sourceId: {
        value: workspaceId
      }
      content: {
        value: replace(loadTextContent('../monitor/workbook.json'), '__WORKSPACE__', workspaceId)
      }
      tags: {
        value: tags
      }
    }
  }
}

var withInsights = replace(loadTextContent('../monitor/dashboard.json'), '__INSIGHTS__', insightsId)
var withStores = replace(replace(withInsights, '__COSMOS__', cosmosId), '__SERVICEBUS__', serviceBusId)
var lenses = replace(replace(withStores, '__SITE__', siteId), '__WORKSPACE__', workspaceId)

resource dashboard 'Microsoft.Portal/dashboards@2022-12-01-preview' = {
  name: 'dash-factory-${token}'
  location: location
  tags: union(tags, { 'hidden-title': 'QuantumLayer Factory' })
  properties: {
    lenses: json(lenses)
  }
}
