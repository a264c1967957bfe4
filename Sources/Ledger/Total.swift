package import Operations

/// One number the ledger keeps for as long as it lives. Its checksums run over all of them in their order: another case, key
/// or order is another version of the schema.
package enum Total: Hashable, CaseIterable, Sendable {
    /// Operations created since the ledger's birth.
    case operationsSeen
    case operationsCompleted
    case operationsCanceled
    /// What all operations together have gained of a milestone.
    case gained(Milestone)
    /// Falls of a milestone, each counted once until it has recovered.
    case regressions(Milestone)
    case expiredUnfinished
    case coverageGapMilliseconds
    /// Ledgers set aside as damaged before this one was born.
    case recoveries
    /// Operations the ledger holds now; falls as they leave.
    case operationsHeld
    /// Operations the ledger holds whose last verdict is this reading; falls as they leave or are judged otherwise.
    case verdicts(StatsReading)
    /// Operations that had numbers which no reading, or not the forced one, allows.
    case contradictions

    package static let allCases: [Total] =
        [.operationsSeen, .operationsCompleted, .operationsCanceled]
        + Milestone.allCases.map(gained) + Milestone.allCases.map(regressions)
        + [.expiredUnfinished, .coverageGapMilliseconds, .recoveries, .operationsHeld]
        + StatsReading.allCases.map(verdicts) + [.contradictions]

    /// Those that a version of the schema has.
    static func all(inSchema schema: Int64) -> ArraySlice<Total> {
        allCases.dropLast(schema > 2 ? 0 : StatsReading.allCases.count + 1)
    }

    /// The key of the row in the table `total`; part of the schema, so never renamed.
    var key: String {
        switch self {
        case .operationsSeen: "operations.seen"
        case .operationsCompleted: "operations.completed"
        case .operationsCanceled: "operations.canceled"
        case .gained(let milestone): "gained.\(milestone)"
        case .regressions(let milestone): "regressions.\(milestone)"
        case .expiredUnfinished: "operations.expired_unfinished"
        case .coverageGapMilliseconds: "coverage_gap.milliseconds"
        case .recoveries: "ledger.recoveries"
        case .operationsHeld: "operations.held"
        case .verdicts(let reading): "verdicts.\(reading)"
        case .contradictions: "operations.contradictions"
        }
    }
}
