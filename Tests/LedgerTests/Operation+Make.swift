import Ledger
import Locking
import Operations

extension Operation {
    static func make(
        _ id: String, status: OperationStatus = .completed, created: Timestamp = LedgerTests.birth,
        updated: Timestamp? = nil, _ stats: Stats = [:]
    ) -> Operation {
        Operation(id: id, status: status, stats: stats, createdAt: created, updatedAt: updated)
    }
}

extension Ledger {
    /// Records what of a page it does not know, as the poller does, and all of a page that has turned the reading once more.
    /// Each operation is told of by the same text as any other that is equal to it.
    func record(_ page: [Operation], at now: Timestamp, wall: Timestamp? = nil) throws(LedgerError) {
        let sightings = page.map(Sighting.init(told:))
        let known = known.withLock(\.self)
        var changed: Set<UInt64> = []
        let news = sightings.filter { sighting in
            guard let fingerprint = sighting.fingerprint,
                !known.contains(fingerprint) || changed.contains(fingerprint.id)
            else { return false }
            changed.insert(fingerprint.id)
            return true
        }
        try record(news, at: now, wall: wall ?? now)
        if self.known.withLock(\.generation) != known.generation { try record(sightings, at: now, wall: wall ?? now) }
    }

    func cover(from start: Timestamp, to end: Timestamp) throws(LedgerError) {
        try cover([Coverage.Span(start: start, end: end)])
    }
}

extension Sighting {
    /// An operation as the list shows it, with the fingerprint of its text.
    init(told operation: Operation) { self.init(operation, fingerprint: Fingerprint(of: operation)) }
}

extension Fingerprint {
    fileprivate init(of operation: Operation) {
        let stats = Stat.allCases.map { operation.stats.isUnreadable($0) ? "?" : "\(operation.stats[$0] ?? -1)" }
        let text =
            "\(operation.status) \(operation.createdAt.milliseconds) \(operation.updatedAt?.milliseconds ?? -1) \(stats)"
        self = Array(operation.id.utf8).withUnsafeBytes { id in
            Array(text.utf8).withUnsafeBytes { Fingerprint(id: id, text: $0) }
        }
    }
}
