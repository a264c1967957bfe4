import Ledger
import Operations

extension Workload {
    /// What is done to a ledger as a whole.
    static let ledgers = [
        onTenPages("open", "opens a ledger of 10,000 operations") { _ in },
        onTenPages("verify", "opens a ledger of 10,000 operations and reads all of it") { try $0.verify() },
        retire,
    ]

    private static func onTenPages(
        _ name: String, _ summary: String, _ body: @escaping @Sendable (Ledger) throws -> Void
    ) -> Workload {
        Workload(name, summary, rounds: 5) { _, folder in
            try ledger(pages: 10, in: folder).close()
            return { _ in
                let ledger = try ledger(pages: 0, in: folder)
                defer { ledger.close() }
                try body(ledger)
                return held(by: ledger)
            }
        }
    }

    private static let retire = Workload(
        "retire", "lets the finished of 1,000 operations leave the window, and those of 1,000 older ones the ledger"
    ) { rounds, _ in
        // Operations stay in the ledger for an hour more, in which six pages are created.
        let ledger = try ledger(pages: rounds + 7)
        let pageSpan = OperationList.spacing * OperationList.pageSize
        // The API dates to the second, which it cuts off: a second less, so that none of the next page goes.
        let oldest = OperationList.now - pageSpan * (rounds + 7) - .seconds(1)
        return { round in
            let before = held(by: ledger)
            _ = try ledger.retire(at: oldest + Operation.retention + pageSpan * (round + 7))
            return before - held(by: ledger)
        }
    }
}

/// A ledger that has listed so many pages of the list, oldest first.
func ledger(pages: Int, in folder: String = ":memory:") throws -> Ledger {
    let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
    let ledger = try Ledger(folder: folder, owner: owner)
    for page in (0..<pages).reversed() {
        try ledger.record(OperationList.sightings(page: page), at: OperationList.now, wall: OperationList.now)
    }
    return ledger
}

/// How many operations it holds.
func held(by ledger: Ledger) -> Int {
    Int(ledger.state.totals[.operationsHeld])
}
