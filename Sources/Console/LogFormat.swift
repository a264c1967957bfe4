/// How a log line is written.
package enum LogFormat: String, CaseIterable, Sendable {
    /// `ts=… level=info msg="…" key=value`
    case logfmt
    /// One JSON object a line.
    case json

    /// One line, with its line break. `fields` come in the order given; equal keys are the caller's fault.
    func line(_ fields: [(key: String, value: String)]) -> String {
        switch self {
        case .logfmt: fields.map { "\($0.key)=\(Self.quotedWhereNeeded($0.value))" }.joined(separator: " ") + "\n"
        case .json:
            "{" + fields.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }.joined(separator: ",") + "}\n"
        }
    }

    private static func quotedWhereNeeded(_ value: String) -> String {
        let isPlain = value.unicodeScalars.allSatisfy {
            !$0.isUnseen && !$0.properties.isWhitespace && $0 != "\"" && $0 != "=" && $0 != "\\"
        }
        return isPlain && !value.isEmpty ? value : quoted(value)
    }

    /// A JSON string (RFC 8259 section 7), which is also how logfmt quotes.
    private static func quoted(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "\"") { quoted, scalar in
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.isUnseen: quoted += scalar.escaped
            default: quoted.unicodeScalars.append(scalar)
            }
        } + "\""
    }
}
