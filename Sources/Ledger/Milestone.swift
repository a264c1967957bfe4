package import Operations

/// What a counter counts of an operation: a number that only grows, derived from stats that may fall.
///
/// The order is the order of the columns in the ledger.
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

    /// The members of `stats` the milestone is computed from, under a reading.
    func parts(_ reading: StatsReading) -> [Stat] {
        switch (self, reading) {
        case (.sent, .exclusive): Self.sentParts
        case (.sent, .cumulative): Self.cumulativeSentParts
        case (.delivered, _): Self.deliveredParts
        default: Self.ownStat[rawValue]
        }
    }

    // Kept, since an array literal made per call would be an allocation per milestone of every changed operation.
    private static let sentParts: [Stat] = [.sent, .delivered, .read, .undelivered]
    private static let cumulativeSentParts: [Stat] = [.sent, .delivered, .undelivered]
    private static let deliveredParts: [Stat] = [.delivered, .read]
    private static let ownStat: [[Stat]] = allCases.map { [$0.stat] }
}
