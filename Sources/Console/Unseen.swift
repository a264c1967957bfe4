extension String {
    /// The text with what a terminal would obey or not show written as `\n` or `\u001b`, so that it is one line and reads as
    /// it is.
    package var withUnseenEscaped: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isUnseen { text += scalar.escaped } else { text.unicodeScalars.append(scalar) }
        }
    }
}

extension Unicode.Scalar {
    /// True for what a terminal obeys instead of showing it, or what changes the order or the sense of the text around it:
    /// control characters (C0, DEL and C1), separators of lines and paragraphs, marks of direction, and everything that is
    /// invisible by itself. See https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing and
    /// https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point.
    var isUnseen: Bool {
        guard value >= 0x7f else { return value < 0x20 }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return properties.isDefaultIgnorableCodePoint
        }
    }

    /// The character as JSON escapes it: https://www.rfc-editor.org/rfc/rfc8259#section-7
    var escaped: String {
        switch self {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default:
            UTF16.encode(self)?.reduce(into: "") { text, unit in
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } ?? ""
        }
    }
}
