// Who is told, and when. The rules are data (monitor/alerts.json): a name, what it means, what to do, a query and its bounds.
// What no diagnostic setting brings into the workspace is judged by rules on platform metrics (monitor/metric-alerts.json).
param location string
param tags object
param token string
param workspaceId string
param contactEmails array
@description('False while an installation is being tried out.')
param enabled bool

var rules = loadJsonContent('../monitor/alerts.json')

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-factory'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'factory'
    enabled: enabled
    emailReceivers: [
      for (email, index) in contactEmails: {
        name: 'operator-${index}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${rule.name}-${token}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.title
      description: rule.advice
      severity: rule.severity
      enabled: enabled
      scopes: [
        workspaceId
      ]
      evaluationFrequency: rule.every
      windowSize: rule.window
      autoMitigate: true
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: join(rule.query, '\n')
            timeAggregation: 'Total'
            metricMeasureColumn: 'Value'
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [
          operators.id
        ]
      }
    }
  }
]

// Rules on metrics have no published type in the checked set; this module is an ARM template. It finds the group by its name.
module metricAlerts '../monitor/metric-alerts.json' = {
  name: 'metric-alerts'
  dependsOn: [
    operators
  ]
}

output actionGroupId string = operators.id
