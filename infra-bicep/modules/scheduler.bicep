// The Durable Task Scheduler and the hub of this installation, with how long finished work is kept.
param location string
param tags object
param token string
param hubName string
@allowed([
  'Consumption'
  'Dedicated'
])
param sku string
@minValue(1)
@maxValue(3)
param capacityUnits int
@description('Who may reach the scheduler. Its data is behind Entra either way; an empty list denies everyone.')
param ipAllowlist array
@minValue(1)
@maxValue(90)
param completedDays int
@minValue(1)
@maxValue(90)
param failedDays int

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: 'dts-factory-${token}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: sku
      capacity: sku == 'Dedicated' ? capacityUnits : null
    }
    ipAllowlist: ipAllowlist
  }
}

resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: hubName
}

resource retention 'Microsoft.DurableTask/schedulers/retentionPolicies@2026-02-01' = {
  parent: scheduler
  name: 'default'
  properties: {
    retentionPolicies: [
      {
        retentionPeriodInDays: completedDays
      }
      {
        retentionPeriodInDays: failedDays
        orchestrationState: 'Failed'
      }
    ]
  }
}

output schedulerName string = scheduler.name
output hubName string = hub.name
output endpoint string = scheduler.properties.endpoint
