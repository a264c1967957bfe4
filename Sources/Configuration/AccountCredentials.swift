package import CommsAPI
internal import Files
internal import Operations

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
        var faults: [ConfigurationError.Fault] = []
        let sid = Self.sid(.account, SID.Names.variables.account, value, &faults)
        let key = Self.sid(.apiKey, SID.Names.variables.apiKey, value, &faults)
        guard sid != nil || key != nil else { return nil }
        let (name, user) =
            key == nil ? ("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID") : ("TWILIO_API_KEY_SECRET", "TWILIO_API_KEY")
        var secret: Secret?
        do { secret = try Self.secret(name, for: user, value) } catch { faults += error.all }
        guard faults.isEmpty, let secret else { throw ConfigurationError(faults) }
        self.init(accountSID: sid, apiKey: key, secret: secret)
    }

    /// Reads a SID from a variable; nil where it is not set. One that is wrong is noted, and as good as any other.
    private static func sid(
        _ kind: SID, _ name: String, _ value: (String) -> String?, _ faults: inout [ConfigurationError.Fault]
    ) -> String? {
        guard let text = value(name), !trimmed(text).isEmpty else { return nil }
        do { return try kind.read(text, names: .variables) } catch {
            faults.append(.init(at: name, "\(name) \(error)"))
            return ""
        }
    }

    private static func secret(
        _ name: String, for user: String, _ value: (String) -> String?
    ) throws(ConfigurationError) -> Secret {
        func fault(at place: String, _ text: String) -> ConfigurationError {
            ConfigurationError([.init(at: place, text)])
        }
        switch (value(name), value(name + "_FILE")) {
        case (let secret?, nil):
            do { return try Secret(environment: name, value: secret) } catch {
                throw fault(at: name, "\(name) holds no secret: \(error)")
            }
        case (nil, let path?):
            // The path is not repeated: it may be the secret itself.
            do { return try Secret(path: path) } catch {
                throw fault(at: name + "_FILE", "\(name)_FILE names a file that cannot be read: \(error)")
            }
        case (nil, nil):
            throw fault(at: user, "\(user) is set but its secret is not: set \(name) or \(name)_FILE")
        case (_?, _?):
            throw fault(at: name, "both \(name) and \(name)_FILE are set: unset one")
        }
    }
}

extension AccountCredentials: Equatable {
    /// Whether both are the same user with a secret from the same place; what a file holds may change without it.
    package static func == (a: AccountCredentials, b: AccountCredentials) -> Bool {
        a.accountSID == b.accountSID && a.apiKey == b.apiKey && a.secret.source == b.secret.source
    }
}
