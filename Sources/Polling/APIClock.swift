package import Operations

/// The API's time, learnt from the `Date` header of its responses.
///
/// A header names a second, somewhere between sending and receiving; each response narrows down how far the API's clock
/// is ahead of this process's continuous clock. The first `Date` is in force at once. After that a step of a minute or more
/// is believed when a response at least a minute later says the same: one confused proxy must not age the ledger.
package struct APIClock: Sendable {
    /// A `Date` further than this from the time in force is a step, to be confirmed.
    static let step = Duration.seconds(60)
    /// The least time between the response that shows a step and the one that confirms it.
    static let confirmation = Duration.seconds(60)
    /// A response that repeats the last one's `Date` after this time comes from a cache.
    private static let repeats = Duration.seconds(2)

    /// The API's time minus the continuous clock's, in milliseconds: at least and at most.
    private typealias Offset = ClosedRange<Int64>

    private let origin: ContinuousClock.Instant
    private var offset: Offset?
    /// A step that no later response has confirmed or denied, and when it was first seen.
    private var claim: (offset: Offset, since: ContinuousClock.Instant)?
    /// The first response that told the time in force.
    private var inForceSince: ContinuousClock.Instant?
    /// The last `Date`, and when it was first received.
    private var last: (date: Timestamp, receivedAt: ContinuousClock.Instant)?
    /// The number of steps that have been believed. Times that were computed before one are wrong after it.
    package private(set) var steps = 0
    /// True if the time in force agrees with this machine's clock, or responses a minute apart have told it: enough to let go
    /// of what is past retention.
    package private(set) var isConfirmed = false

    package init(origin: ContinuousClock.Instant) {
        self.origin = origin
    }

    /// True once a response has told the time.
    package var isSet: Bool { offset != nil }

    /// Takes in the `Date` of a response; `wall` is this machine's clock when it was received.
    package mutating func observe(
        date: Timestamp, sentAt: ContinuousClock.Instant, receivedAt: ContinuousClock.Instant, wall: Timestamp
    ) {
        if let last, last.date == date, receivedAt - last.receivedAt > Self.repeats { return }
        if last?.date != date { last = (date, receivedAt) }
        let earliest = date.milliseconds - elapsed(receivedAt)
        let observed = earliest...max(earliest, date.milliseconds + 999 - elapsed(sentAt))
        if let offset, isStep(from: offset, to: observed) {
            guard isConfirmedStep(observed, at: receivedAt) else { return }
            steps += 1
            inForceSince = claim?.since
            self.offset = observed
        } else {
            offset = offset.map { $0.overlaps(observed) ? $0.clamped(to: observed) : observed } ?? observed
        }
        claim = nil
        confirm(observed, at: receivedAt, wall: wall)
    }

    /// The API's time at an instant at which this machine's clock shows `wall`.
    package func time(at instant: ContinuousClock.Instant, wall: Timestamp) -> Timestamp {
        let elapsed = elapsed(instant)
        guard let offset, !offset.contains(wall.milliseconds - elapsed) else { return wall }
        return Timestamp(milliseconds: elapsed + offset.lowerBound + (offset.upperBound - offset.lowerBound) / 2)
    }

    /// True if an earlier response has claimed the same step long enough ago. Else this one begins the claim, or keeps it.
    private mutating func isConfirmedStep(_ observed: Offset, at instant: ContinuousClock.Instant) -> Bool {
        guard let claim, !isStep(from: claim.offset, to: observed) else {
            claim = (observed, instant)
            return false
        }
        return instant - claim.since >= Self.confirmation
    }

    private mutating func confirm(_ observed: Offset, at instant: ContinuousClock.Instant, wall: Timestamp) {
        let since = inForceSince ?? instant
        inForceSince = since
        let wallOffset = wall.milliseconds - elapsed(instant)
        isConfirmed =
            isConfirmed || instant - since >= Self.confirmation || !isStep(from: observed, to: wallOffset...wallOffset)
    }

    private func isStep(from one: Offset, to other: Offset) -> Bool {
        max(0, one.lowerBound - other.upperBound, other.lowerBound - one.upperBound) >= Self.step.milliseconds
    }

    private func elapsed(_ instant: ContinuousClock.Instant) -> Int64 {
        (instant - origin).milliseconds
    }
}
