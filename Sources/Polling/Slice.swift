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

    /// What to ask the API for: a second more on both sides, since it is not documented whether it includes its bounds,
    /// and it is asked in whole seconds.
    package var window: CreationWindow {
        CreationWindow(start: start - .seconds(1), end: end.map { $0 + .seconds(2) })
    }
}
