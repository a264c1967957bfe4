import SwiftProtobuf
import TestSupport
import Testing

@testable import Exposition

extension Samples {
    /// The samples of an exposition in protobuf, as the text format would write their series.
    init(protobuf: [UInt8]) throws {
        var samples: [String: Double] = [:]
        try eachMetric(of: protobuf) { family, metric in
            let labels = metric.label.map { ($0.name, $0.value) }
            if metric.hasCounter { samples[name(family, labels)] = metric.counter.value }
            if metric.hasGauge { samples[name(family, labels)] = metric.gauge.value }
            guard metric.hasHistogram else { return }
            for bucket in metric.histogram.bucket {
                let bound = bucket.upperBound.isFinite ? "\(bucket.upperBound)" : "+Inf"
                samples[name(family + "_bucket", labels + [("le", bound)])] = Double(bucket.cumulativeCount)
            }
            samples[name(family + "_sum", labels)] = metric.histogram.sampleSum
            samples[name(family + "_count", labels)] = Double(metric.histogram.sampleCount)
        }
        self.init(bySeries: samples)
    }

    /// The starts of an exposition in protobuf, as OpenMetrics would name them.
    init(startsOfProtobuf protobuf: [UInt8]) throws {
        var starts: [String: Double] = [:]
        try eachMetric(of: protobuf) { family, metric in
            let start: Google_Protobuf_Timestamp? =
                metric.counter.hasCreatedTimestamp
                ? metric.counter.createdTimestamp
                : metric.histogram.hasCreatedTimestamp ? metric.histogram.createdTimestamp : nil
            guard let start else { return }
            let stem = family.hasSuffix("_total") ? String(family.dropLast(6)) : family
            starts[name(stem + "_created", metric.label.map { ($0.name, $0.value) })] =
                Double(start.seconds) + Double(start.nanos) / 1e9
        }
        self.init(bySeries: starts)
    }
}

private func name(_ name: String, _ labels: [(String, String)]) -> String {
    labels.isEmpty ? name : "\(name){\(labels.map { "\($0)=\"\($1)\"" }.joined(separator: ","))}"
}

/// Each metric with its family's name; every message stands after its length.
private func eachMetric(
    of protobuf: [UInt8], _ body: (String, Io_Prometheus_Client_Metric) -> Void
) throws {
    var rest = protobuf[...]
    while !rest.isEmpty {
        var length = 0
        var shift = 0
        while let byte = rest.popFirst() {
            length |= Int(byte & 0x7f) << shift
            shift += 7
            if byte < 0x80 { break }
        }
        let family = try Io_Prometheus_Client_MetricFamily(serializedBytes: Array(rest.prefix(length)))
        for metric in family.metric { body(family.name, metric) }
        rest = rest.dropFirst(length)
    }
}
