/// One number the ledger keeps for as long as it lives.
package enum Total: Hashable, CaseIterable, Sendable {
    /// Operations created since the ledger's birth.
    case operationsSeen
    case operationsCompleted
    case operationsCanceled
    /// What all operations together have gained of a milestone.
    case gained(Milestone)
    /// Observations in which a milestone had fallen.
    case regressions(Milestone)
    case expiredUnfinished
    case coverageGapMilliseconds
    /// Ledgers set aside as damaged before this one was born.
    case recoveries
    /// Operations the ledger holds now; the only one that falls.
    case operationsHeld

    package static let allCases: [Total] =
        [.operationsSeen, .operationsCompleted, .operationsCanceled]
        + Milestone.allCases.map(gained) + Milestone.allCases.map(regressions)
        + [.expiredUnfinished, .coverageGapMilliseconds, .recoveries, .operationsHeld]

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
        }
    }
}
