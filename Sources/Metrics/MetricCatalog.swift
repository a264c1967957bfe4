package import Exposition
internal import Ledger
package import Polling

/// Every metric the exporter has, in the order of the exposition. Names are a contract: dashboards and alerts use them.
package enum MetricCatalog {
    static let accountMetrics: [AccountMetric] =
        sinceBirth(AccountMetric.ledgerCounters) + AccountMetric.window
        + sincePollingBegan(AccountMetric.polling + AccountMetric.requests)
        + sinceBirth(AccountMetric.ledgerState) + [AccountMetric.ledgerRecoveries]

    package static func families(_ snapshots: [AccountSnapshot]) -> [MetricFamily] {
        accountMetrics.map { $0.family(snapshots) }
    }

    private static func sinceBirth(_ metrics: [AccountMetric]) -> [AccountMetric] {
        metrics.map { $0.since { $0.health.ledgerBegan } }
    }

    private static func sincePollingBegan(_ metrics: [AccountMetric]) -> [AccountMetric] {
        metrics.map { $0.since { $0.health.began } }
    }
}
