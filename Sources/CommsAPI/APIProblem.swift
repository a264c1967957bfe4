import CSimdjson
import HTTPClient

/// Twilio's own account of a failure, fit for one line of a log.
///
/// Both forms are in use: `{"errors": [{"code": 20404, "message": …}]}` and `{"code": 20003, "message": …}`.
/// Source: https://www.twilio.com/docs/comms/troubleshooting
struct APIProblem: Equatable {
    let code: Int64?
    /// At most 200 characters, none of them a control character.
    let message: String?

    /// Nil where the body tells neither, or is no JSON.
    init?(_ body: HTTPBody) {
        let parser = JSONParser()
        guard let problem = body.withPaddedBytes({ APIProblem($0, by: parser) }) else { return nil }
        self = problem
    }

    private init?(_ bytes: UnsafeRawBufferPointer, by parser: JSONParser) {
        var raw = csimdjson_problem()
        guard csimdjson_decode_problem(parser.handle, bytes.baseAddress, bytes.count, &raw) == nil else { return nil }
        code = raw.code >= 0 ? raw.code : nil
        // The text is the parser's.
        let text = withExtendedLifetime(parser) { raw.message.value.map { String(decoding: $0, as: UTF8.self) } }
        message = text.flatMap { $0.isEmpty ? nil : oneLine($0) }
        if code == nil && message == nil { return nil }
    }
}

extension APIProblem: CustomStringConvertible {
    /// `Twilio error 20003: Authenticate`.
    var description: String {
        ["Twilio error", code.map { String($0) }].compactMap(\.self).joined(separator: " ")
            + (message.map { ": \($0)" } ?? "")
    }
}

/// Somebody else's text, cut and cleaned for a line of ours.
func oneLine(_ text: String, limit: Int = 200) -> String {
    let cleaned = text.unicodeScalars.lazy.map { $0.properties.generalCategory.isPrintable ? $0 : " " }
    var line = String(String.UnicodeScalarView(cleaned.prefix(limit)))
    if text.unicodeScalars.count > limit { line += "…" }
    return line
}

extension Unicode.GeneralCategory {
    /// Whether a scalar stays on its line and shows: no controls, line separators, or marks that turn text around.
    fileprivate var isPrintable: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
