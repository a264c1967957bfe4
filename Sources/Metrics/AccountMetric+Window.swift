internal import Exposition
internal import Ledger
internal import Operations
internal import Polling

extension AccountMetric {
    /// Gauges over the operations of the last 7 days, and older unfinished ones. Absent until the first `week` sweep of
    /// a ledger is complete, so that nobody sees half a picture.
    static let window: [AccountMetric] = [
        AccountMetric("window_operations", .gauge, "Operations of the last 7 days by status.") {
            byStatus($0, .operations)
        },
        AccountMetric(
            "window_messages", .gauge,
            "Messages of the last 7 days' operations by the operation's status and the outcome the API last reported."
        ) { snapshot in
            guard snapshot.ledger.windowIsComplete else { return [] }
            return OperationStatus.allCases.flatMap { status in
                windowOutcomes.compactMap { stat in
                    snapshot.resource.name(of: stat).map { outcome in
                        let labels = [Label("status", status.label), Label("outcome", outcome)]
                        return Series(labels, .integer(snapshot.ledger.window[status, .stat(stat)]))
                    }
                }
            }
        },
        AccountMetric("window_submitted_messages", .gauge, "Sum of stats.total of the last 7 days' operations.") {
            byStatus($0, .stat(.total))
        },
        AccountMetric("window_recipients", .gauge, "Sum of stats.recipients of the last 7 days' operations.") {
            byStatus($0, .stat(.recipients))
        },
        AccountMetric("window_attempts", .gauge, "Sum of stats.attempts of the last 7 days' operations.") {
            byStatus($0, .stat(.attempts))
        },
        AccountMetric(
            "oldest_unfinished_operation_timestamp_seconds", .gauge,
            "Creation time of the oldest operation that is scheduled or processing; absent if there is none."
        ) { snapshot in
            guard snapshot.ledger.windowIsComplete else { return [] }
            return [OperationStatus.scheduled, .processing].compactMap { status in
                snapshot.ledger.oldestUnfinished[status].map {
                    Series([Label("status", status.label)], .double($0.seconds))
                }
            }
        },
    ]

    private static let windowOutcomes: [Stat] = [
        .scheduled, .queued, .sent, .delivered, .read, .undelivered, .unaddressable, .failed, .canceled,
    ]

    private static func byStatus(_ snapshot: AccountSnapshot, _ column: Window.Column) -> [Series] {
        guard snapshot.ledger.windowIsComplete else { return [] }
        return OperationStatus.allCases.map {
            Series([Label("status", $0.label)], .integer(snapshot.ledger.window[$0, column]))
        }
    }
}
