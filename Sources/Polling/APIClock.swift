package import Operations

/// What time it is for the API, learnt from the `Date` header of its responses.
///
/// A header names a second, somewhere between sending and receiving; each response narrows down how far the API's clock
/// is ahead of this process's continuous clock. The wall clock, which may be wrong and may step, is only believed while
/// no response has said otherwise.
package struct APIClock: Sendable {
    /// A step of the API's clock larger than this is believed only when the next response confirms it: one answer from
    /// a confused proxy must not age the ledger by a year.
    private static let unconfirmedStep: Int64 = 300_000

    private let origin: ContinuousClock.Instant
    /// The API's time minus the continuous clock's, in milliseconds: at least and at most.
    private var offset: ClosedRange<Int64>?
    private var unconfirmed: ClosedRange<Int64>?

    package init(origin: ContinuousClock.Instant) {
        self.origin = origin
    }

    /// Whether any response has told the time.
    package var isSet: Bool { offset != nil }

    package mutating func observe(
        date: Timestamp, sentAt: ContinuousClock.Instant, receivedAt: ContinuousClock.Instant
    ) {
        let earliest = date.milliseconds - elapsed(receivedAt)
        let observed = earliest...max(earliest, date.milliseconds + 999 - elapsed(sentAt))
        guard let offset, !offset.overlaps(observed) else {
            self.offset = offset?.clamped(to: observed) ?? observed
            unconfirmed = nil
            return
        }
        let step = min(abs(offset.lowerBound - observed.upperBound), abs(observed.lowerBound - offset.upperBound))
        if step <= Self.unconfirmedStep || unconfirmed?.overlaps(observed) == true {
            self.offset = observed
            unconfirmed = nil
        } else {
            unconfirmed = observed
        }
    }

    /// The API's time at an instant at which this machine's clock shows `wall`.
    package func time(at instant: ContinuousClock.Instant, wall: Timestamp) -> Timestamp {
        let elapsed = elapsed(instant)
        guard let offset, !offset.contains(wall.milliseconds - elapsed) else { return wall }
        return Timestamp(milliseconds: elapsed + offset.lowerBound + (offset.upperBound - offset.lowerBound) / 2)
    }

    private func elapsed(_ instant: ContinuousClock.Instant) -> Int64 {
        (instant - origin).milliseconds
    }
}
