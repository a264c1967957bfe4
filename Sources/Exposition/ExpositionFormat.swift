/// The formats a scraper can ask for, the one preferred where it has no preference first.
/// https://prometheus.io/docs/instrumenting/content_negotiation/#protocol-types
package enum ExpositionFormat: CaseIterable, Sendable {
    case text_0_0_4, openMetrics_1_0_0, protobuf, openMetrics_0_0_1, text_1_0_0

    package var syntax: ExpositionSyntax {
        switch self {
        case .text_0_0_4, .text_1_0_0: .text
        case .openMetrics_0_0_1, .openMetrics_1_0_0: .openMetrics
        case .protobuf: .protobuf
        }
    }

    package var mediaType: String {
        switch syntax {
        case .text: "text/plain"
        case .openMetrics: "application/openmetrics-text"
        case .protobuf: "application/vnd.google.protobuf"
        }
    }

    /// The parameters that tell it from the other formats of its media type, or from what else is sent under it.
    package var parameters: [(name: String, value: String)] {
        switch self {
        case .text_0_0_4: [("version", "0.0.4")]
        case .text_1_0_0, .openMetrics_1_0_0: [("version", "1.0.0")]
        case .openMetrics_0_0_1: [("version", "0.0.1")]
        case .protobuf: [("proto", "io.prometheus.client.MetricFamily"), ("encoding", "delimited")]
        }
    }

    /// The value of the header `Content-Type`. Versions from 1.0.0 on say by which rule names are escaped.
    /// https://prometheus.io/docs/instrumenting/content_negotiation/#content-type-response
    package func contentType(_ escaping: EscapingScheme) -> String {
        let type = parameters.reduce(mediaType) { "\($0); \($1.name)=\($1.value)" }
        switch self {
        case .protobuf: return type
        case .text_0_0_4, .openMetrics_0_0_1: return type + "; charset=utf-8"
        case .text_1_0_0, .openMetrics_1_0_0: return type + "; charset=utf-8; escaping=\(escaping.rawValue)"
        }
    }
}
