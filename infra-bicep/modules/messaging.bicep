// The events of the factory leave through one topic. Subscriptions are coarse: each one scales a consumer of its own.
param location string
param tags object
param token string
param topicName string
@allowed([
  'Standard'
  'Premium'
])
param sku string
param publicNetworkAccess string
param workspaceId string

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: 'sb-factory-${token}'
  location: location
  tags: tags
  sku: {
    name: sku
    tier: sku
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource topic 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' = {
  parent: bus
  name: topicName
  properties: {
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: 'P1D'
    defaultMessageTimeToLive: 'P14D'
    enableBatchedOperations: true
    supportOrdering: true
  }
}

// Everything, in order per run: message sessions carry the run id.
resource projection 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = {
  parent: topic
  name: 'projection'
  properties: {
    requiresSession: true
    lockDuration: 'PT1M'
    maxDeliveryCount: 5
    defaultMessageTimeToLive: 'P14D'
    deadLetteringOnMessageExpiration: true
    deadLetteringOnFilterEvaluationExceptions: true
  }
}

// A dead letter that is sent once more is meant for one subscription: docs/azure/events.md.
resource projectionRule 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2024-01-01' = {
  parent: projection
  name: '$Default'
  properties: {
    filterType: 'SqlFilter'
    sqlFilter: {
      sqlExpression: 'replay_for IS NULL OR replay_for = \'projection\''
    }
  }
}

// What people are told about.
resource notify 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = {
  parent: topic
  name: 'notify'
  properties: {
    requiresSession: false
    lockDuration: 'PT1M'
    maxDeliveryCount: 5
    defaultMessageTimeToLive: 'P2D'
    deadLetteringOnMessageExpiration: true
    deadLetteringOnFilterEvaluationExceptions: true
  }
}

resource notifyRule 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2024-01-01' = {
  parent: notify
  name: '$Default'
  properties: {
    filterType: 'SqlFilter'
    sqlFilter: {
      sqlExpression: '(replay_for IS NULL OR replay_for = \'notify\') AND sys.Label IN (\'run.completed\',\'run.failed\',\'run.cancelled\',\'approval.requested\',\'budget.warning\',\'budget.exceeded\',\'preview.ready\')'
    }
  }
}

// Everything, kept for those who must be able to look back.
resource audit 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = {
  parent: topic
  name: 'audit'
  properties: {
    requiresSession: false
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    defaultMessageTimeToLive: 'P14D'
    deadLetteringOnMessageExpiration: true
    deadLetteringOnFilterEvaluationExceptions: true
  }
}

resource auditRule 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2024-01-01' = {
  parent: audit
  name: '$Default'
  properties: {
    filterType: 'SqlFilter'
    sqlFilter: {
      sqlExpression: 'replay_for IS NULL OR replay_for = \'audit\''
    }
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: bus
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output id string = bus.id
output name string = bus.name
output hostName string = replace(replace(bus.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
output topicName string = topic.name
