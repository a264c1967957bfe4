/// Where the API lives: `https://comms.twilio.com`, or a proxy or simulator in its place.
package struct BaseURL: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at its end.
    package let description: String

    package static let twilio = BaseURL(verified: "https://comms.twilio.com")

    /// Without brackets.
    package let host: String

    /// Returns nil for all but an absolute http or https URL with a host, and without user, query or fragment.
    ///
    /// Any `@` is refused, and any port that is no number: the URL is shown in logs and errors, and must hold no credentials.
    package init?(_ text: String) {
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !text.contains(where: "?#\\\"<>^`{|}@".contains),
            let host = Self.host(of: text.dropFirst(scheme.count).prefix { $0 != "/" })
        else { return nil }
        var text = text[...]
        while text.hasSuffix("/") { text.removeLast() }
        description = String(text)
        self.host = host
    }

    /// The host of `host:port`, where both are well-formed.
    private static func host(of authority: Substring) -> String? {
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : nil
        let split = end ?? authority.firstIndex(of: ":") ?? authority.endIndex
        let (host, rest) = (authority[..<split], authority[split...])
        let isPort = rest.isEmpty || rest.hasPrefix(":") && UInt16(rest.dropFirst()) ?? 0 > 0 && !rest.contains("+")
        let allowed = end == nil ? "-._" : "[]:."
        guard isPort, !host.isEmpty, host.allSatisfy({ $0.isLetter || $0.isNumber || allowed.contains($0) }) else {
            return nil
        }
        return host.filter { !"[]".contains($0) }
    }

    /// True for plain http.
    package var isUnencrypted: Bool { description.lowercased().hasPrefix("http://") }

    /// True for an address or name that leads no further than this machine (RFC 6761 section 6.3, RFC 1122 section
    /// 3.2.1.3, RFC 4291 section 2.5.3).
    package var isThisMachine: Bool {
        let host = host.lowercased()
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopback = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || isLoopback
    }

    private init(verified: String) {
        description = verified
        host = String(verified.dropFirst("https://".count))
    }
}
