/// A user and a password of HTTP basic authentication: an account SID and its auth token, or an API key and its secret.
package struct Credentials: Equatable, Sendable {
    package let user: String
    package let password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// What the simulator accepts where the environment says nothing: published, and of no use anywhere else.
    package static let demo = Credentials(user: "AC00000000000000000000000000000000", password: "simulator")

    /// The pairs that the environment names by the exporter's own variables; empty if it names none. Throws where it
    /// names half of one. `variable` looks one up.
    package static func fromEnvironment(
        _ variable: (String) -> String?
    ) throws(CredentialsError) -> [Credentials] {
        let names = [
            ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"), ("TWILIO_API_KEY", "TWILIO_API_KEY_SECRET"),
        ]
        var pairs: [Credentials] = []
        for (user, password) in names {
            switch (variable(user).nonEmpty, variable(password).nonEmpty) {
            case (nil, nil): break
            case (let user?, let password?): pairs.append(Credentials(user: user, password: password))
            case (nil, _): throw CredentialsError(isSet: password, isMissing: user)
            case (_, nil): throw CredentialsError(isSet: user, isMissing: password)
            }
        }
        return pairs
    }

    /// Whether the value of an `Authorization` header is these credentials, or those of any API key of an account with the
    /// same secret: an account has as many keys as it likes.
    func match(_ authorization: String) -> Bool {
        let parts = authorization.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "basic", let pair = Base64.decode(String(parts[1])) else {
            return false
        }
        let isKey = user.hasPrefix("AC") && pair.hasPrefix("SK")
        return isKey ? pair.drop { $0 != ":" } == ":\(password)" : pair == "\(user):\(password)"
    }
}

/// Half of a pair of credentials, as one line.
package struct CredentialsError: Error, Equatable, CustomStringConvertible {
    package let isSet: String
    package let isMissing: String

    package var description: String { "\(isSet) is set but \(isMissing) is not; set both or neither" }
}

extension String? {
    fileprivate var nonEmpty: String? { self?.isEmpty == true ? nil : self }
}
