/// Where the API lives: `https://comms.twilio.com`, or a proxy or simulator in its place.
package struct BaseURL: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at its end.
    package let description: String

    package static let twilio = BaseURL(verified: "https://comms.twilio.com")

    /// Returns nil for all but an absolute http or https URL with a host, and without user, query or fragment.
    ///
    /// A user is refused because the URL is shown in logs and errors.
    package init?(_ text: String) {
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !text.contains(where: "?#\\\"<>^`{|}".contains)
        else { return nil }
        let authority = text.dropFirst(scheme.count).prefix { $0 != "/" }
        guard !authority.isEmpty, !authority.hasPrefix(":"), !authority.contains("@") else { return nil }
        var text = text[...]
        while text.hasSuffix("/") { text.removeLast() }
        description = String(text)
    }

    private init(verified: String) {
        description = verified
    }
}
