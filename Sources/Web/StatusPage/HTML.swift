/// A piece of a page. Text that is put into one is escaped; only literals and other pieces are markup.
struct HTML: ExpressibleByStringInterpolation, CustomStringConvertible {
    private(set) var description: String

    init(stringLiteral markup: String) {
        description = markup
    }

    init(stringInterpolation: StringInterpolation) {
        description = stringInterpolation.markup
    }

    static func + (first: HTML, second: HTML) -> HTML {
        HTML(stringLiteral: first.description + second.description)
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) {
            markup += literal
        }

        mutating func appendInterpolation(_ piece: HTML) {
            markup += piece.description
        }

        mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { markup += piece.description }
        }

        mutating func appendInterpolation(_ number: Int) {
            markup += String(number)
        }

        /// For elements and quoted attributes: https://html.spec.whatwg.org/#escapingString, and control characters
        /// replaced, which a page may not hold (https://html.spec.whatwg.org/#preprocessing-the-input-stream).
        mutating func appendInterpolation(_ text: String) {
            for scalar in text.unicodeScalars {
                switch scalar {
                case "&": markup += "&amp;"
                case "<": markup += "&lt;"
                case ">": markup += "&gt;"
                case "\"": markup += "&quot;"
                case "'": markup += "&#39;"
                case "\n", "\t": markup.unicodeScalars.append(scalar)
                case _ where scalar.properties.generalCategory == .control: markup += "\u{FFFD}"
                default: markup.unicodeScalars.append(scalar)
                }
            }
        }
    }
}
