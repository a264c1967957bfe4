package import CommsAPI
internal import Files

/// Who to be for the API: an Account SID with its auth token, or an API key with its secret.
package struct AccountCredentials: Sendable {
    private let userName: String
    private let secret: Secret
    /// The account's SID, where it is configured; with an API key it need not be.
    package let accountSID: String?

    /// As of now: a secret file may have changed.
    package var current: Credentials { Credentials(userName: userName, secret: secret.current) }

    /// Reads `TWILIO_ACCOUNT_SID` and `TWILIO_AUTH_TOKEN`, or `TWILIO_API_KEY` and `TWILIO_API_KEY_SECRET`, which win
    /// where both are set; either secret may be given by the path of a file in `…_FILE`.
    package init(environment: (String) -> String?) throws(ConfigurationError) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        accountSID = value("TWILIO_ACCOUNT_SID")
        if let key = value("TWILIO_API_KEY") {
            userName = key
            secret = try Self.secret("TWILIO_API_KEY_SECRET", for: "TWILIO_API_KEY", value)
        } else if let accountSID {
            userName = accountSID
            secret = try Self.secret("TWILIO_AUTH_TOKEN", for: "TWILIO_ACCOUNT_SID", value)
        } else {
            throw ConfigurationError(faults: [
                "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and"
                    + " TWILIO_API_KEY_SECRET (secrets also as …_FILE, the path of a file)"
            ])
        }
        // The colon ends the user name in Basic authentication (RFC 7617 section 2).
        guard userName.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }) else {
            throw ConfigurationError(faults: [
                "bad credentials: TWILIO_ACCOUNT_SID or TWILIO_API_KEY holds a character no SID has; copy it again"
            ])
        }
    }

    private static func secret(
        _ name: String, for user: String, _ value: (String) -> String?
    ) throws(ConfigurationError) -> Secret {
        switch (value(name), value(name + "_FILE")) {
        case (let secret?, nil):
            do { return try Secret(value: secret) } catch {
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
