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

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
