// What operators look at: a workbook and a portal dashboard. Both are files of this repository with the resource ids put in.
param location string
param tags object
param token string
param workspaceId string
param insightsId string
param siteId string
param cosmosId string
param serviceBusId string

// Workbooks have no published type in the checked set; this module is an ARM template. It finds the workspace by its name,
// and Service Bus by what the deployment `messaging` told.
module workbook '../monitor/workbook.json' = {
  name: 'workbook'
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
