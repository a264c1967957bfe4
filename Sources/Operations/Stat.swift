/// One of the twelve members of an operation's `stats`; the order is the order they are stored and exposed in.
public enum Stat: Int, CaseIterable, Sendable {
    case total, recipients, attempts
    case scheduled, queued, sent, delivered
    /// `read` for messages; e-mail operations call it `opened`.
    case read
    case undelivered, unaddressable, failed, canceled
}
