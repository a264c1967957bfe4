internal import Exposition
internal import Ledger
internal import Operations
internal import Polling

extension AccountMetric {
    /// Counters the ledger keeps: they survive restarts, and show what was last committed.
    static let ledgerCounters: [AccountMetric] = [
        AccountMetric(
            "operations_seen_total", .counter,
            "Operations created since the ledger's birth.",
            total: .operationsSeen),
        AccountMetric(
            "operations_finished_total", .counter, "Operations that reached the status completed or canceled.",
            { snapshot in
                [(OperationStatus.completed, Total.operationsCompleted), (.canceled, .operationsCanceled)].map {
                    Series([Label("status", $0.label)], .integer(snapshot.ledger.totals[$1]))
                }
            }),
        AccountMetric(
            "messages_total", .counter, "Messages in operations (stats.total).",
            total: .gained(.messages)),
        AccountMetric(
            "recipients_total", .counter, "Recipients targeted by operations (stats.recipients).",
            total: .gained(.recipients)),
        AccountMetric(
            "attempts_total", .counter, "Sending attempts made by Twilio (stats.attempts).",
            total: .gained(.attempts)),
        AccountMetric(
            "message_outcomes_total", .counter,
            "Messages that reached the outcome; unaddressable counts recipients.",
            { snapshot in
                byMilestone(snapshot, "outcome", Milestone.outcomes) { .gained($0) }
            }),
        AccountMetric(
            "operation_duration_seconds", .histogram,
            "Time from createdAt to updatedAt of operations when first seen completed.",
            { [Series([], Histogram($0.ledger.durations))] }),
    ]

    /// What the ledger says of itself and of what it could not know.
    static let ledgerState: [AccountMetric] = [
        AccountMetric(
            "coverage_gap_seconds_total", .counter,
            "Seconds of creation time that were never listed successfully before the API let them go.",
            value: { .double(Double($0.ledger.totals[.coverageGapMilliseconds]) / 1000) }),
        AccountMetric(
            "expired_unfinished_operations_total", .counter,
            "Operations that the API no longer knew while they were scheduled or processing.",
            total: .expiredUnfinished),
        AccountMetric(
            "stat_regressions_total", .counter,
            "Times a stat fell below its high-water mark, once until it recovers; counters keep the mark.",
            { snapshot in
                byMilestone(snapshot, "stat", Milestone.allCases) { .regressions($0) }
            }),
        AccountMetric(
            "stats_reading", .gauge, "1 for the reading of stats that fit both readings.",
            { snapshot in
                StatsReading.allCases.map {
                    Series([Label("reading", $0.rawValue)], .flag(snapshot.reading == $0))
                }
            }),
        AccountMetric(
            "stats_contradictions_total", .counter,
            "Operations whose stats neither reading, or not the forced one, allows; each counts once.",
            total: .contradictions),
        AccountMetric(
            "ledger_operations", .gauge, "Operations the ledger holds.",
            total: .operationsHeld),
        AccountMetric(
            "ledger_size_bytes", .gauge, "Size of the ledger's database, without its write-ahead log.",
            value: { .integer($0.ledger.sizeInBytes) }),
        AccountMetric(
            "ledger_birth_timestamp_seconds", .gauge,
            "When the ledger was born, by the API's clock; older operations count only what they gained since. 0 before.",
            value: { .double($0.ledger.birth?.seconds ?? 0) }),
    ]

    /// One series for each of the milestones that the resource has a count of.
    private static func byMilestone(
        _ snapshot: AccountSnapshot, _ label: String, _ milestones: [Milestone], _ total: (Milestone) -> Total
    ) -> [Series] {
        milestones.compactMap { milestone in
            snapshot.resource.name(of: milestone.stat).map {
                Series([Label(label, $0)], .integer(snapshot.ledger.totals[total(milestone)]))
            }
        }
    }

    /// The number of ledgers that took the place of another: counted from before the birth of the present one.
    static let ledgerRecoveries = AccountMetric(
        "ledger_recoveries_total", .counter,
        "Ledgers that were set aside because they were damaged or not this account's.",
        total: .recoveries)
}

extension Histogram {
    fileprivate init(_ durations: DurationHistogram) {
        self.init(
            bounds: DurationHistogram.bounds.map(Double.init), counts: durations.counts,
            sum: Double(durations.sumMilliseconds) / 1000)
    }
}
