package import CommsAPI
package import Operations

/// A part of a sweep by creation time, listed and retried on its own.
package struct Slice: Equatable, Sendable {
    package let start: Timestamp
    /// Nil is open: everything up to the moment the list is asked for.
    package let end: Timestamp?

    package init(start: Timestamp, end: Timestamp?) {
        self.start = start
        self.end = end
    }

    /// Its length, if the API's clock shows `now`.
    func length(now: Timestamp) -> Duration { (end ?? now) - start }

    /// Its two halves, the newer first.
    func halves(now: Timestamp) -> [Slice] { parts(2, now: now) }

    /// As many parts of the same length, the newest first.
    func parts(_ count: Int, now: Timestamp) -> [Slice] {
        let length = length(now: now)
        let edges = (0...count).map { $0 == count ? start : start + length * (count - $0) / count }
        return (0..<count).map { Slice(start: edges[$0 + 1], end: $0 == 0 ? end : edges[$0]) }
    }

    /// The window to ask the API for: a second more on both sides, since it is not documented whether it includes its bounds,
    /// and it is asked in whole seconds.
    package var window: CreationWindow {
        CreationWindow(start: start - .seconds(1), end: end.map { $0 + .seconds(2) })
    }
}
