import Operations

/// The form of the dates of an operation.
package enum DateForm: String, CaseIterable, Sendable {
    case zulu
    case noZone = "no_zone"
    case offset
    case shortOffset = "short_offset"
    /// The form of mail: `Sat, 20 Apr 2024 14:00:00 +0000`.
    case rfc2822

    /// The zone that follows `2024-04-20T14:00:00`, and the quote that ends the string; nil for a form that is another one
    /// throughout.
    var ending: StaticString? {
        switch self {
        case .zulu: "Z\""
        case .noZone: "\""
        case .offset: "+0000\""
        case .shortOffset: "+00\""
        case .rfc2822: nil
        }
    }
}
