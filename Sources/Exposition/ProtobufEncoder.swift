internal import SwiftProtobuf

/// Writes metric families as messages of Prometheus' data model, each after its length as a varint.
///
/// Families and series come out in the order they are given, so equal families give equal bytes. Source:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#protobuf-format
struct ProtobufEncoder {
    private(set) var bytes: [UInt8] = []

    /// Appends a family; one without series is left out.
    mutating func append(_ family: MetricFamily) {
        // Only a message with required fields, or one over 2 GiB, cannot be serialized.
        guard !family.series.isEmpty,
            let message: [UInt8] = try? Io_Prometheus_Client_MetricFamily(family).serializedBytes()
        else { return }
        appendVarint(UInt64(message.count))
        bytes += message
    }

    /// Source: https://protobuf.dev/programming-guides/encoding/#varints
    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
