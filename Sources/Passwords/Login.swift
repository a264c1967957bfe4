/// A user name and a password, as bytes: what is equal to a human may be two names.
package struct Login: Hashable, Sendable {
    package let user: [UInt8]
    package let password: [UInt8]

    package init(user: [UInt8], password: [UInt8]) {
        self.user = user
        self.password = password
    }
}

extension Login: CustomStringConvertible, CustomReflectable {
    package var description: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
