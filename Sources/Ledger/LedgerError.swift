/// Why a ledger could not be opened or written; each is one line that says what to do.
package enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// The folder or the file cannot be made, opened or written.
    case storage(path: String, detail: String)
    /// Another process holds the ledger.
    case inUse(path: String)
    /// The ledger's file contradicts itself; `Ledger.beginAfresh` sets it aside.
    case damaged(path: String, detail: String)
    /// This process no longer has the ledger to itself: it writes nothing to it any more.
    case lost(path: String, detail: String)
    /// The ledger has seen a later time than the API now shows, so one of the two was wrong.
    case ahead(path: String, by: Duration)
    /// The ledger belongs to another account SID, and `Ledger.confirmOwner` has not been called.
    case disputed(LedgerDispute)

    package var description: String {
        switch self {
        case .storage(let path, let detail):
            "cannot use the ledger \(path): \(detail); check --storage.path, its permissions and free space"
        case .inUse(let path):
            "the ledger \(path) is in use by another process; stop that one or choose another --storage.path"
        case .damaged(let path, let detail):
            "the ledger \(path) is damaged: \(detail); it will be set aside and a fresh one begun"
        case .lost(let path, let detail):
            "nothing is written to the ledger \(path) any more: \(detail); see that one exporter alone uses it, then restart"
                + " this one"
        case .ahead(let path, let span):
            "the ledger \(path) is \(span.components.seconds / 86_400) days ahead of the API's clock; if the API shows the right time,"
                + " stop the exporter and move the ledger away"
        case .disputed(let dispute): dispute.description
        }
    }
}
