/// The number of a sample: counts keep all 64 bits, which a double would not beyond 2^53.
package enum SampleValue: Equatable, Sendable {
    case integer(Int64)
    case double(Double)

    package static func flag(_ isOn: Bool) -> SampleValue { .integer(isOn ? 1 : 0) }

    /// As the text format wants it: shortest digits that read back the same, `NaN`, `+Inf`, `-Inf`.
    var text: String {
        switch self {
        case .integer(let value): String(value)
        case .double(let value): Self.text(value)
        }
    }

    /// The number for formats that have doubles only.
    var number: Double {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        }
    }

    /// A bucket's bound as the value of its label `le`: with `.0` where it is whole, as OpenMetrics asks for and Prometheus
    /// writes what it reads as protobuf, so that a bucket is the same series in every format. No bound of ours reaches
    /// 1e6, from where on an exponent would be asked for.
    /// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md#considerations-canonical-numbers
    static func bound(_ value: Double) -> String {
        value.isFinite ? value.description : text(value)
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
