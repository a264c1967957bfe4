import TestSupport

/// A histogram in one sample, as Prometheus 3 can make it of a classic one.
struct NativeHistogram: Equatable {
    var count: Double = 0
    var sum: Double = 0
    /// The observations of each bucket that has some, by its upper bound.
    var buckets: [Double: Double] = [:]
}

extension NativeHistogram: Decodable {
    private enum Key: CodingKey {
        case count, sum, buckets
    }

    /// Reads it as the HTTP API writes it, where a bucket is a kind, a lower bound, an upper bound and a count.
    /// https://prometheus.io/docs/prometheus/latest/querying/api/#native-histograms
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        count = try number(fields.decode(String.self, forKey: .count))
        sum = try number(fields.decode(String.self, forKey: .sum))
        guard fields.contains(.buckets) else { return }
        var list = try fields.nestedUnkeyedContainer(forKey: .buckets)
        while !list.isAtEnd {
            var bucket = try list.nestedUnkeyedContainer()
            _ = try (bucket.decode(Int.self), bucket.decode(String.self))
            let bound = try number(bucket.decode(String.self))
            buckets[bound] = try number(bucket.decode(String.self))
        }
    }
}

private func number(_ text: String) throws -> Double {
    guard let number = Double(text) else { throw NeverHappened(description: "a number, and not \(text)") }
    return number
}

extension [String: NativeHistogram] {
    /// The value of a classic histogram's series, by the native histogram that stands for it; nil if none does.
    subscript(classic series: String) -> Double? {
        let bound = series.firstMatch(of: /le="([^"]+)"/).flatMap { Double($0.1) } ?? .infinity
        let name = series.replacing(/le="[^"]+",?/, with: "")
        guard let parts = name.wholeMatch(of: /(\w+)_(bucket|sum|count)(\{.+\})/),
            let histogram = self["\(parts.1)\(parts.3)"]
        else { return nil }
        switch parts.2 {
        case "sum": return histogram.sum
        case "count": return histogram.count
        default: return histogram.buckets.filter { $0.key <= bound }.values.reduce(0, +)
        }
    }
}
