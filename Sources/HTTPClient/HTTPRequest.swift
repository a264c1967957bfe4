/// One GET to send: where, as whom, and how long and how large an answer may be.
package struct HTTPRequest: Sendable {
    /// An absolute `http` or `https` URL, already percent-encoded; it never carries credentials.
    package let url: String
    /// Sent as HTTP Basic authentication with `password`; nil sends none.
    package var userName: String?
    package var password: String?
    package var userAgent: String?
    /// Past any proxy, and to a peer of whatever certificate: only to ask a server of this machine what is no secret.
    package var isToThisMachine = false
    /// How long name resolution, connecting and TLS may take together.
    package var connectTimeout: Duration = .seconds(10)
    /// How long the whole exchange may take.
    package var timeout: Duration = .seconds(60)
    /// Bytes of body after decompression; a longer one ends the exchange with `HTTPClientError.tooLarge`.
    package var maximumBodySize = 64 << 20

    package init(url: String) {
        self.url = url
    }
}

/// Nothing that prints, dumps or reflects a request shows its password, or its query, which may hold a page token.
extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "GET \(url.prefix { $0 != "?" })" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
