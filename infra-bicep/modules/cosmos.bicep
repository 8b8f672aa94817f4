// Documents and events of the factory. Entra only; containers are made here, since the data role cannot make them.
// What they are is said by shared/stores/azure/cosmos/containers.py; a test holds both equal. Partition keys and vector policies cannot
// be changed later: a new key is a new container and a copy.
param location string
param tags object
param token string
@description('Empty: a name of this installation.')
param accountName string
param databaseName string
@description('Serverless bills requests only and has one region; autoscale bills a tenth of the maximum at rest.')
param serverless bool
@minValue(1000)
param maxThroughput int
param zoneRedundant bool
param publicNetworkAccess string
param workspaceId string

var throughput = serverless ? {} : { autoscaleSettings: { maxThroughput: maxThroughput } }
var modes = serverless ? [ { name: 'EnableServerless' }, { name: 'EnableNoSQLVectorSearch' } ] : [ { name: 'EnableNoSQLVectorSearch' } ]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  // checkov:skip=CKV_AZURE_99: network rules follow the parameter: private endpoints with privateNetworking, else Entra-signed requests only
  // checkov:skip=CKV_AZURE_101: public access follows the same parameter
  name: empty(accountName) ? 'cosmos-factory-${token}' : accountName
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    consistencyPolicy: {
      defaultConsistencyLevel: 'Strong'
    }
    locations: [
      {
        locationName: location
        failoverPriority: 0
        isZoneRedundant: zoneRedundant
      }
    ]
    capabilities: modes
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: publicNetworkAccess
    enableBurstCapacity: false
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: {
        tier: 'Continuous7Days'
      }
    }
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: account
  name: databaseName
  properties: {
    resource: {
      id: databaseName
    }
  }
}

// A run with its events, capsules and previews: one partition, so state and event commit together.
resource runs 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = {
  parent: database
  name: 'runs'
  properties: {
    resource: {
      id: 'runs'
      partitionKey: {
        paths: [
          '/project_id'
          '/run_id'
        ]
        kind: 'MultiHash'
        version: 2
      }
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [
          {
            path: '/project_id/?'
          }
          {
            path: '/run_id/?'
          }
          {
            path: '/id/?'
          }
          {
            path: '/kind/?'
          }
          {
            path: '/status/?'
          }
          {
            path: '/seq/?'
          }
          {
            path: '/created_at/?'
          }
          {
            path: '/updated_at/?'
          }
          {
            path: '/item_id/?'
          }
        ]
        excludedPaths: [
          {
            path: '/*'
          }
          {
            path: '/"_etag"/?'
          }
        ]
        compositeIndexes: [
          [
            {
              path: '/created_at'
              order: 'descending'
            }
            {
              path: '/item_id'
              order: 'descending'
            }
          ]
        ]
      }
    }
    options: throughput
  }
}

// Small documents that are found by their key.
resource registry 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = {
  parent: database
  name: 'registry'
  properties: {
    resource: {
      id: 'registry'
      partitionKey: {
        paths: [
          '/key'
        ]
        kind: 'Hash'
        version: 2
      }
      defaultTtl: -1
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [
          {
            path: '/key/?'
          }
          {
            path: '/kind/?'
          }
        ]
        excludedPaths: [
          {
            path: '/*'
          }
          {
            path: '/"_etag"/?'
          }
        ]
      }
    }
    options: throughput
  }
}

// How far the outbox has come. The leases themselves are on blobs.
resource leases 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = {
  parent: database
  name: 'leases'
  properties: {
    resource: {
      id: 'leases'
      partitionKey: {
        paths: [
          '/id'
        ]
        kind: 'Hash'
        version: 2
      }
      defaultTtl: -1
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [
          {
            path: '/id/?'
          }
        ]
        excludedPaths: [
          {
            path: '/*'
          }
          {
            path: '/"_etag"/?'
          }
        ]
      }
    }
    options: throughput
  }
}

// Projects and budgets.
resource projects 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = {
  parent: database
  name: 'projects'
  properties: {
    resource: {
      id: 'projects'
      partitionKey: {
        paths: [
          '/project_id'
        ]
        kind: 'Hash'
        version: 2
      }
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [
          {
            path: '/project_id/?'
          }
          {
            path: '/kind/?'
          }
        ]
        excludedPaths: [
          {
            path: '/*'
          }
          {
            path: '/"_etag"/?'
          }
        ]
      }
    }
    options: throughput
  }
}

// What webhooks delivered, so that a repeated delivery is known.
resource deliveries 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = {
  parent: database
  name: 'deliveries'
  properties: {
    resource: {
      id: 'deliveries'
      partitionKey: {
        paths: [
          '/provider'
        ]
        kind: 'Hash'
        version: 2
      }
      defaultTtl: 604800
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [
          {
            path: '/provider/?'
          }
          {
            path: '/id/?'
          }
        ]
        excludedPaths: [
          {
            path: '/*'
          }
          {
            path: '/"_etag"/?'
          }
        ]
      }
    }
    options: throughput
  }
}

// Normalised error signatures and what repaired them, found again by nearness within a language.
resource failures 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = {
  parent: database
  name: 'failures'
  properties: {
    resource: {
      id: 'failures'
      partitionKey: {
        paths: [
          '/language'
        ]
        kind: 'Hash'
        version: 2
      }
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [
          {
            path: '/language/?'
          }
          {
            path: '/error_class/?'
          }
        ]
        excludedPaths: [
          {
            path: '/*'
          }
          {
            path: '/"_etag"/?'
          }
          {
            path: '/embedding/*'
          }
        ]
        vectorIndexes: [
          {
            path: '/embedding'
            type: 'quantizedFlat'
          }
        ]
      }
      vectorEmbeddingPolicy: {
        vectorEmbeddings: [
          {
            path: '/embedding'
            dataType: 'float32'
            dimensions: 1536
            distanceFunction: 'cosine'
          }
        ]
      }
    }
    options: throughput
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      {
        category: 'ControlPlaneRequests'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Requests'
        enabled: true
      }
    ]
  }
}

output id string = account.id
output name string = account.name
output endpoint string = account.properties.documentEndpoint
output databaseName string = database.name
