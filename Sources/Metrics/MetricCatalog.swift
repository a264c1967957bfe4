package import Exposition
package import Polling

/// Every metric the exporter has, in the order of the exposition. Names are a contract: dashboards and alerts use them.
package enum MetricCatalog {
    static let accountMetrics: [AccountMetric] =
        AccountMetric.ledgerCounters + AccountMetric.window + AccountMetric.polling + AccountMetric.requests
        + AccountMetric.ledgerState

    package static func families(_ snapshots: [AccountSnapshot]) -> [MetricFamily] {
        accountMetrics.map { $0.family(snapshots) }
    }
}
