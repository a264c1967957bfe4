package import Ledger
package import Operations

/// The creation times that a sweep has listed so far, and those of them that this covers. A pure value.
///
/// An API may keep less than it says. Then its lists lack all operations older than some moment. They do not cover the time
/// before it, though they show nothing there.
package struct SweepListing: Equatable, Sendable {
    private var spans: [Coverage.Span] = []
    /// The creation time of the oldest operation shown.
    private var oldestShown: Timestamp?
    /// The creation time of an operation that was not listed where it belongs, and that the API does not know by its id.
    private var gone: Timestamp?
    /// True once the API could not be asked for an operation that was not listed.
    package private(set) var isUnanswered = false

    package init() {}

    /// Adds a span that has been listed whole; `oldest` is the creation time of the oldest operation in that list.
    package mutating func add(_ span: Coverage.Span, oldest: Timestamp?) {
        if span.start <= span.end { spans.append(span) }
        if let oldest { oldestShown = min(oldestShown ?? oldest, oldest) }
    }

    /// Adds an operation that the ledger holds, created then, and the API has no longer.
    package mutating func addGone(createdAt: Timestamp) {
        gone = max(gone ?? createdAt, createdAt)
    }

    /// The API could not be asked for an operation that was not listed.
    package mutating func noteUnanswered() { isUnanswered = true }

    /// True once an operation is known that is gone.
    package var hasGone: Bool { gone != nil }

    /// The spans that are covered whatever else the sweep lists: nothing is missing up to the oldest operation shown.
    package var certain: [Coverage.Span] {
        guard let oldestShown else { return [] }
        return spans.compactMap { span in
            span.end < oldestShown ? nil : Coverage.Span(start: max(span.start, oldestShown), end: span.end)
        }
    }

    /// The spans that are covered once the sweep is complete.
    package var covered: [Coverage.Span] { edge == nil ? spans : certain }

    /// The moment before which the API shows nothing, though there was something: the oldest operation shown, or the end of the
    /// listing where it shows none. Nil where nothing older is missing; one that is missing between others proves nothing.
    package var edge: Timestamp? {
        guard let gone, oldestShown.map({ gone < $0 }) ?? true else { return nil }
        return oldestShown ?? spans.map(\.end).max()
    }
}
