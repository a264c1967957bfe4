import Foundation
import TestSupport

/// A program that answers queries by the HTTP API of Prometheus.
/// https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
protocol PrometheusAPI {
    /// Its address, as `http://host:port`.
    var url: String { get }
}

extension PrometheusAPI {
    /// The values of an instant query, one for each series of the answer.
    func query(_ expression: String) async throws -> [Double] {
        try await answers(to: expression).compactMap(\.number)
    }

    /// The series of an instant query with their values, labels in the order of their names, without those of the target.
    func samples(_ expression: String) async throws -> Samples {
        let samples = try await answers(to: expression).compactMap { answer in
            answer.value.map { _ in (answer.series, answer.number ?? .nan) }
        }
        return Samples(bySeries: Dictionary(uniqueKeysWithValues: samples))
    }

    /// The native histograms of an instant query by their series, which are written as those of `samples`.
    func nativeHistograms(_ expression: String) async throws -> [String: NativeHistogram] {
        let histograms = try await answers(to: expression).compactMap { answer in
            answer.histogram.map { (answer.series, $0.histogram) }
        }
        return Dictionary(uniqueKeysWithValues: histograms)
    }

    private func answers(to expression: String) async throws -> [QueryAnswer] {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        let escaped = expression.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        let (status, text) = try await TestHTTP.get("\(url)/api/v1/query?query=\(escaped)")
        guard status == 200 else { throw NeverHappened(description: "\(expression): \(text)") }
        return try JSONDecoder().decode(QueryBody.self, from: Data(text.utf8)).data.result
    }
}

private struct QueryBody: Decodable {
    struct Content: Decodable { let result: [QueryAnswer] }
    let data: Content
}

/// One series of an instant query's answer, with a number or with a native histogram.
private struct QueryAnswer: Decodable {
    enum Value: Decodable {
        case time(Double), value(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self =
                try (try? container.decode(Double.self)).map(Value.time) ?? .value(container.decode(String.self))
        }
    }

    /// A histogram after its time.
    struct Histogram: Decodable {
        let histogram: NativeHistogram

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            _ = try container.decode(Double.self)
            histogram = try container.decode(NativeHistogram.self)
        }
    }

    let metric: [String: String]
    let value: [Value]?
    let histogram: Histogram?

    var number: Double? {
        guard case .value(let text)? = value?.last else { return nil }
        return Double(text)
    }

    /// As an exposition writes it, with the labels in the order of their names.
    var series: String {
        let labels = metric.filter { !["__name__", "instance", "job"].contains($0.key) }
            .map { "\($0.key)=\"\($0.value)\"" }.sorted().joined(separator: ",")
        let name = metric["__name__"] ?? ""
        return labels.isEmpty ? name : "\(name){\(labels)}"
    }
}
