package import CommsAPI
internal import Files

/// Who to be for the API: an Account SID with its auth token, or an API key with its secret.
package struct AccountCredentials: Sendable {
    /// An API key's SID; nil for the account's own token.
    let apiKey: String?
    let secret: Secret
    /// The account's SID, where it is configured; with an API key it need not be.
    package let accountSID: String?

    /// As of now: a secret file may have changed.
    package var current: Credentials { Credentials(userName: apiKey ?? accountSID ?? "", secret: secret.current) }

    /// One of the two has to be given.
    init(accountSID: String?, apiKey: String?, secret: Secret) {
        precondition(accountSID != nil || apiKey != nil, "the reader has noted that there is no user")
        self.accountSID = accountSID
        self.apiKey = apiKey
        self.secret = secret
    }

    /// Reads `TWILIO_ACCOUNT_SID` and `TWILIO_AUTH_TOKEN`, or `TWILIO_API_KEY` and `TWILIO_API_KEY_SECRET`, which win
    /// where both are set; either secret may be given by the path of a file in `…_FILE`. Nil where there is neither.
    package init?(environment: (String) -> String?) throws(ConfigurationError) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        accountSID = value("TWILIO_ACCOUNT_SID")
        apiKey = value("TWILIO_API_KEY")
        if apiKey != nil {
            secret = try Self.secret("TWILIO_API_KEY_SECRET", for: "TWILIO_API_KEY", value)
        } else if accountSID != nil {
            secret = try Self.secret("TWILIO_AUTH_TOKEN", for: "TWILIO_ACCOUNT_SID", value)
        } else {
            return nil
        }
        guard [accountSID, apiKey].allSatisfy({ $0.map(Self.isUserName) ?? true }) else {
            throw ConfigurationError(faults: [
                "bad credentials: TWILIO_ACCOUNT_SID or TWILIO_API_KEY holds a character no SID has; copy it again"
            ])
        }
    }

    /// Whether a text can be the user of Basic authentication, which a colon ends (RFC 7617 section 2).
    static func isUserName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
    }

    private static func secret(
        _ name: String, for user: String, _ value: (String) -> String?
    ) throws(ConfigurationError) -> Secret {
        switch (value(name), value(name + "_FILE")) {
        case (let secret?, nil):
            do { return try Secret(environment: name, value: secret) } catch {
                throw ConfigurationError(faults: ["\(name) holds no secret: \(error)"])
            }
        case (nil, let path?):
            do { return try Secret(path: path) } catch {
                throw ConfigurationError(faults: ["cannot read the file \(path) named by \(name)_FILE: \(error)"])
            }
        case (nil, nil):
            throw ConfigurationError(faults: ["\(user) is set but its secret is not: set \(name) or \(name)_FILE"])
        case (_?, _?):
            throw ConfigurationError(faults: ["both \(name) and \(name)_FILE are set: unset one"])
        }
    }
}

extension AccountCredentials: Equatable {
    /// Whether both are the same user with a secret from the same place; what a file holds may change without it.
    package static func == (a: AccountCredentials, b: AccountCredentials) -> Bool {
        a.accountSID == b.accountSID && a.apiKey == b.apiKey && a.secret.source == b.secret.source
    }
}
