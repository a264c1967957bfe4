internal import Exposition
internal import Ledger
internal import Operations
internal import Polling

/// One metric that every account and resource has: its name, what it is, and its series for one snapshot.
///
/// The labels `account` and `resource` come first and are added to what `series` gives.
struct AccountMetric: Sendable {
    let name: String
    let type: MetricType
    let help: String
    let series: @Sendable (AccountSnapshot) -> [Series]
    /// When its counters were 0, where that is known.
    private var start: @Sendable (AccountSnapshot) -> Timestamp? = { _ in nil }

    init(
        _ name: String, _ type: MetricType, _ help: String,
        _ series: @escaping @Sendable (AccountSnapshot) -> [Series]
    ) {
        self.name = "twilio_comms_" + name
        self.type = type
        self.help = help
        self.series = series
    }

    /// A metric with one series per account.
    init(
        _ name: String, _ type: MetricType, _ help: String,
        value: @escaping @Sendable (AccountSnapshot) -> SampleValue
    ) {
        self.init(name, type, help) { [Series([], value($0))] }
    }

    /// A metric with one series per account, which shows a total of its ledger.
    init(_ name: String, _ type: MetricType, _ help: String, total: Total) {
        self.init(name, type, help, value: { .integer($0.ledger.totals[total]) })
    }

    /// The same metric, whose numbers were 0 at this moment if they grow from 0.
    func since(_ start: @escaping @Sendable (AccountSnapshot) -> Timestamp?) -> AccountMetric {
        var metric = self
        metric.start = start
        return metric
    }

    func family(_ snapshots: [AccountSnapshot]) -> MetricFamily {
        let all = snapshots.flatMap { snapshot in
            let common = [Label("account", snapshot.account), Label("resource", snapshot.resource.name)]
            let start = start(snapshot)?.milliseconds
            return series(snapshot).map { Series(common + $0.labels, $0.content, since: start) }
        }
        return MetricFamily(name, type, help, all)
    }
}
