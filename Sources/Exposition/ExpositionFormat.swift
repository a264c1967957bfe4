/// The formats a scraper can ask for, the one preferred where it has no preference first. The numbers are those of their
/// versions: 0.0.4 and 1.0.0 of text, 1.0.0 and 0.0.1 of OpenMetrics.
/// https://prometheus.io/docs/instrumenting/content_negotiation/#protocol-types
package enum ExpositionFormat: CaseIterable, Sendable {
    case text0, openMetrics1, protobuf, openMetrics0, text1

    package var syntax: ExpositionSyntax {
        switch self {
        case .text0, .text1: .text
        case .openMetrics0, .openMetrics1: .openMetrics
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
        case .text0: [("version", "0.0.4")]
        case .text1, .openMetrics1: [("version", "1.0.0")]
        case .openMetrics0: [("version", "0.0.1")]
        case .protobuf: [("proto", "io.prometheus.client.MetricFamily"), ("encoding", "delimited")]
        }
    }

    /// The value of the header `Content-Type`. Versions from 1.0.0 on say by which rule names are escaped.
    /// https://prometheus.io/docs/instrumenting/content_negotiation/#content-type-response
    package func contentType(_ escaping: EscapingScheme) -> String {
        let type = parameters.reduce(mediaType) { "\($0); \($1.name)=\($1.value)" }
        switch self {
        case .protobuf: return type
        case .text0, .openMetrics0: return type + "; charset=utf-8"
        case .text1, .openMetrics1: return type + "; charset=utf-8; escaping=\(escaping.rawValue)"
        }
    }
}
