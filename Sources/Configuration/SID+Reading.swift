internal import Operations

extension SID {
    /// The names that settings of each kind have: keys of the configuration file, or variables of the environment.
    struct Names {
        let account: String
        let apiKey: String

        static let keys = Names(account: "account_sid", apiKey: "api_key")
        static let variables = Names(account: "TWILIO_ACCOUNT_SID", apiKey: "TWILIO_API_KEY")
    }

    /// Reads a SID, without the blanks and line breaks around it. Throws a sentence that follows the name of the setting and
    /// never repeats the text, which may be a secret in the wrong place.
    func read(_ text: String, names: Names) throws(SIDFault) -> String {
        let text = trimmed(text)
        guard isSID(text) else { throw SIDFault(description: fault(text, names)) }
        return text
    }

    private func fault(_ text: String, _ names: Names) -> String {
        if text.hasPrefix("$") || text.contains("${") || text.contains("{{") {
            return "holds a placeholder that nothing has filled in; write the SID itself"
        }
        switch self {
        case .account where text.hasPrefix(Self.apiKey.rawValue):
            return "holds the SID of an API key, SK…; move it to \(names.apiKey), or write that of the account, AC…"
        case .account:
            return "must be an account SID: AC and 32 hexadecimal digits; copy it again from the Twilio Console"
        case .apiKey where text.hasPrefix(Self.account.rawValue):
            return "holds the SID of an account, AC…; move it to \(names.account), or write that of the key, SK…"
        case .apiKey:
            return "must be the SID of an API key: SK and 32 hexadecimal digits; copy it again from the Twilio Console"
        }
    }
}

/// A text that is no SID of its kind: what is wrong and what to do, without the text.
struct SIDFault: Error, CustomStringConvertible {
    let description: String
}

/// A text without the blanks, line breaks and byte order marks around it.
func trimmed(_ text: String) -> String {
    func isBlank(_ character: Character) -> Bool { character.isWhitespace || character == "\u{FEFF}" }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
}
