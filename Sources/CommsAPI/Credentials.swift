/// An Account SID with its auth token, or an API key with its secret; both are sent as HTTP Basic authentication.
///
/// Nothing that prints, dumps or reflects a value shows the secret.
package struct Credentials: Equatable, Sendable {
    package let userName: String
    let secret: String

    package init(userName: String, secret: String) {
        self.userName = userName
        self.secret = secret
    }

    /// The account these belong to; an API key does not say.
    package var accountSID: String? { userName.hasPrefix("AC") ? userName : nil }

    /// What of these a request holds, for hiding it: also as the Authorization header has it.
    var spellings: [String] { [userName, secret, base64("\(userName):\(secret)")] }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(userName):<secret>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["userName": userName, "secret": "<secret>"]) }
}
