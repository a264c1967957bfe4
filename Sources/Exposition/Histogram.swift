/// A histogram as Prometheus wants it: how many observations were at most each bound, how many there were, their sum.
package struct Histogram: Equatable, Sendable {
    /// Upper bounds of the buckets, ascending and finite; one more bucket, unbounded, follows.
    package let bounds: [Double]
    /// Observations per bucket, not accumulated; one more than there are bounds.
    package private(set) var counts: [Int64]
    package private(set) var sum: Double

    package init(bounds: [Double]) {
        self.init(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1), sum: 0)
    }

    /// A histogram kept elsewhere; `counts` has one more element than `bounds`.
    package init(bounds: [Double], counts: [Int64], sum: Double) {
        precondition(counts.count == bounds.count + 1, "a histogram has one bucket more than bounds")
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// How many observations there were.
    var count: Int64 { counts.reduce(0, +) }

    /// Each bucket's bound, infinity the last, with how many observations were at most that.
    var cumulative: [(bound: Double, count: Int64)] {
        var sum: Int64 = 0
        return zip(bounds + [.infinity], counts).map { bound, count in
            sum += count
            return (bound, sum)
        }
    }
}
