import CommsAPI
import Ledger
import Locking
import Operations

extension Workload {
    /// What is done to each page of the list.
    static let pages = [
        decode, settled, again, changed,
        first("first", "records a page of 1,000 operations it has not seen, in memory") { _ in ":memory:" },
        first("first-on-disk", "records a page of 1,000 operations it has not seen, on a disk") { $0 },
    ]

    private static let decode = Workload("decode", "reads a page of 1,000 operations that are not known") { _, _ in
        let decoder = PageDecoder(resource: .messages)
        let known = Locked(FingerprintTable())
        let body = OperationList.body(page: 0)
        return { _ in try decoder.decode(body, known: known).sightings.count }
    }

    private static let settled = Workload(
        "settled", "reads and records a page of 1,000 operations that are as they were"
    ) { _, _ in
        let ledger = try ledger(pages: 1)
        let decoder = PageDecoder(resource: .messages)
        let body = OperationList.body(page: 0)
        return { _ in
            let page = try decoder.decode(body, known: ledger.known)
            try ledger.record(page.sightings, at: OperationList.now, wall: OperationList.now)
            return page.ids.count
        }
    }

    private static let again = Workload(
        "again", "records a page of 1,000 operations that are as they were, the first time since a start"
    ) { _, _ in
        let ledger = try ledger(pages: 1)
        let page = try OperationList.sightings(page: 0)
        return { _ in
            try ledger.record(page, at: OperationList.now, wall: OperationList.now)
            return held(by: ledger)
        }
    }

    private static let changed = Workload(
        "changed", "reads and records a page of 1,000 operations of which 10 have changed", "messages delivered"
    ) { rounds, _ in
        let ledger = try ledger(pages: 1)
        let decoder = PageDecoder(resource: .messages)
        let bodies = (0...rounds).map { OperationList.body(page: 0, progressed: ($0 + 1) * 10) }
        return { round in
            let delivered = ledger.state.totals[.gained(.delivered)]
            let page = try decoder.decode(bodies[round], known: ledger.known)
            try ledger.record(page.sightings, at: OperationList.now, wall: OperationList.now)
            return Int(ledger.state.totals[.gained(.delivered)] - delivered)
        }
    }

    /// The first page of all is the ledger's birth, so that all operations are older.
    private static func first(
        _ name: String, _ summary: String, in place: @escaping @Sendable (_ folder: String) -> String
    ) -> Workload {
        Workload(name, summary) { rounds, folder in
            let ledger = try ledger(pages: 0, in: place(folder))
            let pages = try (0...rounds).map { try OperationList.sightings(page: $0) }
            return { round in
                let before = held(by: ledger)
                try ledger.record(pages[round], at: OperationList.now, wall: OperationList.now)
                return held(by: ledger) - before
            }
        }
    }
}
