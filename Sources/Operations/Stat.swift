/// One of the twelve members of an operation's `stats`; the order is the order they are stored and exposed in, and that the
/// ledger's checksums run over: another case, name or order is another version of its schema.
public enum Stat: Int, CaseIterable, Sendable {
    case total, recipients, attempts
    case scheduled, queued, sent, delivered
    /// `read` for messages; e-mail operations call it `opened`.
    case read
    case undelivered, unaddressable, failed, canceled
}
