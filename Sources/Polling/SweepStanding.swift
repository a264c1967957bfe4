package import Operations

/// How far a sweep is, and when it is next due.
package struct SweepStanding: Equatable, Sendable {
    /// Slices of the run under way that have not been listed yet; 0 between runs.
    package let slicesLeft: Int
    /// When it is due again, by this machine's clock; nil before its first run, when it is due at once.
    package let due: Timestamp?

    package init(slicesLeft: Int, due: Timestamp?) {
        self.slicesLeft = slicesLeft
        self.due = due
    }
}
