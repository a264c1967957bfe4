internal import Operations

/// How long operations took from creation to completion, in the buckets of a Prometheus histogram.
package struct DurationHistogram: Equatable, Sendable {
    /// Upper bounds in seconds; one more bucket, unbounded, follows. Part of the schema: a bound's counts are stored
    /// under the bound, so a new set of bounds needs a new schema.
    package static let bounds: [Int64] = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400]

    /// Observations per bucket, not accumulated; the last is the unbounded one.
    package internal(set) var counts = [Int64](repeating: 0, count: bounds.count + 1)
    package internal(set) var sumMilliseconds: Int64 = 0

    mutating func observe(_ duration: Duration) {
        let milliseconds = max(0, duration.milliseconds)
        let bucket = Self.bounds.firstIndex { milliseconds <= $0 * 1000 } ?? Self.bounds.count
        counts[bucket] = counts[bucket].addingCount(1)
        sumMilliseconds = sumMilliseconds.addingCount(milliseconds)
    }
}
