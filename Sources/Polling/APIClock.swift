package import Operations

/// What time it is for the API, learnt from the `Date` header of its responses.
///
/// A header names a second, somewhere between sending and receiving; each response narrows down how far the API's clock
/// is ahead of this process's continuous clock. The wall clock, which may be wrong and may step, is only believed while
/// no response has said otherwise.
package struct APIClock: Sendable {
    /// A time further than this from what was believed, also from the wall clock before any response, is believed only
    /// when the next response confirms it: one answer from a confused proxy must not age the ledger by a year.
    private static let unconfirmedStep: Int64 = 300_000
    /// A response that repeats the last one's `Date` after this time comes from a cache.
    private static let repeats = Duration.seconds(2)

    private let origin: ContinuousClock.Instant
    /// The API's time minus the continuous clock's, in milliseconds: at least and at most.
    private var offset: ClosedRange<Int64>?
    private var unconfirmed: ClosedRange<Int64>?
    /// The last `Date`, and when it was first received.
    private var last: (date: Timestamp, receivedAt: ContinuousClock.Instant)?

    package init(origin: ContinuousClock.Instant) {
        self.origin = origin
    }

    /// Whether any response has told the time.
    package var isSet: Bool { offset != nil }

    /// Takes in the `Date` of a response; `wall` is this machine's clock when it was received.
    package mutating func observe(
        date: Timestamp, sentAt: ContinuousClock.Instant, receivedAt: ContinuousClock.Instant, wall: Timestamp
    ) {
        if let last, last.date == date, receivedAt - last.receivedAt > Self.repeats { return }
        if last?.date != date { last = (date, receivedAt) }
        let earliest = date.milliseconds - elapsed(receivedAt)
        let observed = earliest...max(earliest, date.milliseconds + 999 - elapsed(sentAt))
        let wallOffset = wall.milliseconds - elapsed(receivedAt)
        let step = distance(observed, offset ?? wallOffset...wallOffset)
        if step <= Self.unconfirmedStep || unconfirmed?.overlaps(observed) == true {
            offset = offset.map { $0.overlaps(observed) ? $0.clamped(to: observed) : observed } ?? observed
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

    /// How far apart two ranges are; 0 where they overlap.
    private func distance(_ a: ClosedRange<Int64>, _ b: ClosedRange<Int64>) -> Int64 {
        max(0, a.lowerBound - b.upperBound, b.lowerBound - a.upperBound)
    }
}
