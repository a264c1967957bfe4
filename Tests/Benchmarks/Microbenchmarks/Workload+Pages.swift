import CommsAPI
import Ledger
import Operations

extension Workload {
    /// What is done to each page of the list.
    static var pages: [Workload] {
        [
            Workload("decode", "reads a page of 1,000 operations", "operations", rounds: 20) { _, _ in
                let decoder = PageDecoder(resource: .messages)
                let body = OperationList.body(page: 0)
                return { _ in try decoder.decode(body).operations.count }
            },
            first("first", "records a page of 1,000 new operations in memory") { _ in ":memory:" },
            first("first-on-disk", "records a page of 1,000 new operations on the disk") { $0 },
            Workload("settled", "records a page of 1,000 operations as they were", "operations", rounds: 20) { _, _ in
                let ledger = try newLedger()
                let page = try OperationList.operations(page: 0)
                try ledger.record(page, at: OperationList.now)
                return { _ in
                    try ledger.record(page, at: OperationList.now)
                    return Int(ledger.state.totals[.operationsHeld])
                }
            },
            Workload(
                "changed", "records a page of which 10 of 1,000 operations changed", "messages delivered", rounds: 20
            ) {
                rounds, _ in
                let ledger = try newLedger()
                try ledger.record(OperationList.operations(page: 0), at: OperationList.now)
                let pages = try (0...rounds).map { try OperationList.operations(page: 0, progressed: ($0 + 1) * 10) }
                return { round in
                    let delivered = ledger.state.totals[.gained(.delivered)]
                    try ledger.record(pages[round], at: OperationList.now)
                    return Int(ledger.state.totals[.gained(.delivered)] - delivered)
                }
            },
        ]
    }

    private static func first(_ name: String, _ round: String, in place: @escaping (String) -> String) -> Workload {
        Workload(name, round, "operations", rounds: 20) { rounds, folder in
            let ledger = try newLedger(in: place(folder))
            let pages = try (0...rounds).map { try OperationList.operations(page: $0) }
            return { round in
                let held = ledger.state.totals[.operationsHeld]
                try ledger.record(pages[round], at: OperationList.now)
                return Int(ledger.state.totals[.operationsHeld] - held)
            }
        }
    }
}

/// A ledger that holds nothing.
func newLedger(in folder: String = ":memory:") throws -> Ledger {
    try Ledger(folder: folder, owner: LedgerOwner(account: "default", resource: "messages", accountSID: nil))
}
