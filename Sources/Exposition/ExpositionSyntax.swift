/// The three ways an exposition is written; formats with the same syntax have the same bytes.
package enum ExpositionSyntax: CaseIterable, Sendable {
    case text, openMetrics, protobuf

    /// Part of an exposition: what comes of the parts is joined in the order wanted, with `end` after the last. Each family
    /// is in one part only.
    package func encoded(_ families: [MetricFamily]) -> [UInt8] {
        switch self {
        case .text: families.reduce(into: TextEncoder()) { $0.append($1) }.bytes
        case .openMetrics: families.reduce(into: OpenMetricsEncoder()) { $0.append($1) }.bytes
        case .protobuf: families.reduce(into: ProtobufEncoder()) { $0.append($1) }.bytes
        }
    }

    /// What every exposition ends with.
    package var end: [UInt8] {
        switch self {
        case .openMetrics: Array("# EOF\n".utf8)
        case .text, .protobuf: []
        }
    }
}
