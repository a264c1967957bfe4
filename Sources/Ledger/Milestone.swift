package import Operations

/// What a counter counts of an operation: a number that only grows, derived from stats that may fall.
///
/// The order is the order of the columns in the ledger, and of what its checksums run over: another case, name or order is
/// another version of the schema.
package enum Milestone: Int, CaseIterable, Sendable {
    case messages, recipients, attempts
    case sent, delivered, read, undelivered, unaddressable, failed, canceled

    /// The outcomes a message (or, for `unaddressable`, a recipient) can reach.
    package static let outcomes: [Milestone] = [
        .sent, .delivered, .read, .undelivered, .unaddressable, .failed, .canceled,
    ]

    /// The member of `stats` the milestone is named after.
    package var stat: Stat {
        switch self {
        case .messages: .total
        case .recipients: .recipients
        case .attempts: .attempts
        case .sent: .sent
        case .delivered: .delivered
        case .read: .read
        case .undelivered: .undelivered
        case .unaddressable: .unaddressable
        case .failed: .failed
        case .canceled: .canceled
        }
    }

    /// The members of `stats` that it is computed from.
    var parts: [Stat] {
        switch self {
        case .sent: Self.sentParts
        case .delivered: Self.deliveredParts
        default: Self.ownStat[rawValue]
        }
    }

    // Kept, since an array literal made per call would be an allocation for each milestone of every changed operation.
    static let sentParts: [Stat] = [.sent, .delivered, .read, .undelivered]
    static let deliveredParts: [Stat] = [.delivered, .read]
    private static let ownStat: [[Stat]] = allCases.map { [$0.stat] }
}
