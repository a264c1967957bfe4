package import Operations

/// The creation times that have been listed successfully, so that those that never were can be told.
///
/// A sorted list of spans that do not touch; usually a single one that ends now.
package struct Coverage: Equatable, Sendable {
    /// From `start` to `end`, both included.
    package struct Span: Equatable, Sendable {
        package var start: Timestamp
        package var end: Timestamp

        package init(start: Timestamp, end: Timestamp) {
            self.start = start
            self.end = end
        }
    }

    package internal(set) var spans: [Span] = []

    /// Marks the creation times from `start` to `end` as listed.
    mutating func cover(from start: Timestamp, to end: Timestamp) {
        guard start <= end else { return }
        var merged = Span(start: start, end: end)
        var apart: [Span] = []
        for span in spans {
            if span.end < merged.start || merged.end < span.start {
                apart.append(span)
            } else {
                merged = Span(start: min(span.start, merged.start), end: max(span.end, merged.end))
            }
        }
        spans = (apart + [merged]).sorted { $0.start < $1.start }
    }

    /// Milliseconds between `start` and `end` that no span covers.
    func gap(from start: Timestamp, to end: Timestamp) -> Int64 {
        guard start < end else { return 0 }
        let covered = spans.reduce(0) { sum, span in
            sum + max(0, min(span.end, end).milliseconds - max(span.start, start).milliseconds)
        }
        return end.milliseconds - start.milliseconds - covered
    }

    /// Drops what lies after `now`, which cannot have been listed.
    mutating func forget(after now: Timestamp) {
        spans = spans.compactMap { $0.start > now ? nil : Span(start: $0.start, end: min($0.end, now)) }
    }

    /// Drops what lies before `edge`, which nothing will ask about again.
    mutating func forget(before edge: Timestamp) {
        spans = spans.compactMap { $0.end < edge ? nil : Span(start: max($0.start, edge), end: $0.end) }
    }
}
