import CSimdjson
import HTTPClient

/// Twilio's own account of a failure, fit for one line of a log.
///
/// Both forms are in use: `{"errors": [{"code": 20404, "message": …}]}` and `{"code": 20003, "message": …}`.
/// Source: https://www.twilio.com/docs/comms/troubleshooting
struct APIProblem: Equatable {
    /// Bytes; longer bodies of failures are not the API's, and not worth the memory.
    private static let longestBody = 64 << 10

    let code: Int64?
    /// At most 200 characters, none of them a control character.
    let message: String?

    /// Nil where the body tells neither, is too long, or is no JSON. The message has lost those of `secrets` that the API
    /// repeats.
    init?(_ body: HTTPBody, hiding secrets: [String]) {
        guard body.count <= Self.longestBody else { return nil }
        let parser = JSONParser()
        guard let problem = body.withPaddedBytes({ APIProblem($0, by: parser, hiding: secrets) }) else { return nil }
        self = problem
    }

    private init?(_ bytes: UnsafeRawBufferPointer, by parser: JSONParser, hiding secrets: [String]) {
        var raw = csimdjson_problem()
        guard csimdjson_decode_problem(parser.handle, bytes.baseAddress, bytes.count, &raw) == nil else { return nil }
        code = raw.code >= 0 ? raw.code : nil
        // The text is the parser's.
        let text = withExtendedLifetime(parser) { raw.message.value.map { String(decoding: $0, as: UTF8.self) } }
        // Hidden before it is cut, which would leave a part of a secret.
        message = text.flatMap { $0.isEmpty ? nil : oneLine(hidingUserInfo(in: hiding(secrets, in: $0))) }
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
