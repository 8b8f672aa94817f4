// The events of the factory leave through one topic. It has a subscription for whoever is named as a subscriber, and no other: what a
// subscription holds counts into the size of the topic, and a full topic takes no more events.
param location string
param tags object
param token string
param topicName string
@description('[{ name, sessions, filter }]: sessions true hands over each run in order and cannot be changed later; filter is SQL over a message.')
param subscribers array
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
    maxSizeInMegabytes: 5120
    enableBatchedOperations: true
    supportOrdering: true
  }
}

// What a subscriber could not use is kept until it is replayed or removed, and told by an alert. What nobody fetched in time is dropped:
// the record of events is the run store, and dead letters never expire.
resource subscriptions 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = [
  for subscriber in subscribers: {
    parent: topic
    name: subscriber.name
    properties: {
      requiresSession: contains(subscriber, 'sessions') ? subscriber.sessions : false
      lockDuration: 'PT1M'
      maxDeliveryCount: 5
      defaultMessageTimeToLive: 'P14D'
      deadLetteringOnMessageExpiration: false
      deadLetteringOnFilterEvaluationExceptions: true
    }
  }
]

// A dead letter that is sent once more is meant for one subscription: docs/azure/events.md.
resource rules 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2024-01-01' = [
  for (subscriber, index) in subscribers: {
    parent: subscriptions[index]
    name: '$Default'
    properties: {
      filterType: 'SqlFilter'
      sqlFilter: {
        sqlExpression: '(replay_for IS NULL OR replay_for = \'${subscriber.name}\')${contains(subscriber, 'filter') ? ' AND (${subscriber.filter})' : ''}'
      }
    }
  }
]

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
