internal import CCrypt
internal import Glibc

/// A password as a bcrypt hash: `$2y$10$` and 53 characters, of which the first 22 are the salt.
///
/// Nothing that prints or reflects a value shows it.
package struct PasswordHash: Sendable, Equatable {
    /// The costs that are taken: 4 is the least there is, and 18 takes more than ten seconds for a password.
    package static let costs = 4...18

    /// Two to this power is the work of a try.
    package let cost: Int
    private let text: String

    /// Throws a sentence about what is wrong, without the hash.
    package init(_ text: String) throws(PasswordHashError) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, ["2a", "2b", "2y"].contains(parts[1]) else {
            throw PasswordHashError("is no bcrypt hash ($2y$…); make one with: htpasswd -nBC 10 \"\" | tr -d ':\\n'")
        }
        guard parts[2].utf8.count == 2, let cost = Int(parts[2]), parts[3].utf8.count == 53,
            parts[3].utf8.allSatisfy(isBcryptBase64)
        else { throw PasswordHashError("is a bcrypt hash that is cut short or damaged; copy it again") }
        guard Self.costs.contains(cost) else {
            throw PasswordHashError(
                "has a cost of \(cost); take one from \(Self.costs.lowerBound) to \(Self.costs.upperBound), such as 10")
        }
        self.cost = cost
        self.text = text
    }

    private init(cost: Int, text: String) {
        self.cost = cost
        self.text = text
    }

    /// A hash that takes as long to try as others of its cost, and that no password has in practice.
    static func decoy(cost: Int) -> PasswordHash {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        let body = String(repeating: "./", count: 11) + String(repeating: "/.", count: 15) + "u"
        return PasswordHash(cost: cost, text: "$2y$\(digits)$" + body)
    }

    /// Whether this is the hash of a password. Blocks for as long as the cost says: at 10, some 50 ms.
    func matches(_ password: [UInt8]) -> Bool {
        hashed(password).map { isSame($0, text) } ?? false
    }

    /// The hash of a password with the cost and the salt of this one; nil where there can be none.
    func hashed(_ password: [UInt8]) -> String? {
        // bcrypt ends at a NUL, and what comes after would not count.
        guard !password.contains(0) else { return nil }
        // It reads 72 bytes, and libxcrypt refuses more than 512.
        let phrase = password.prefix(72).map { CChar(bitPattern: $0) } + [0]
        // The state is 32 KiB: too much for the stack of a thread.
        let state = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        state.initialize(to: crypt_data())
        defer {
            // It holds the password.
            explicit_bzero(state, MemoryLayout<crypt_data>.size)
            state.deallocate()
        }
        return crypt_r(phrase, text, state).map { String(cString: $0) }
    }
}

extension PasswordHash: CustomStringConvertible, CustomReflectable {
    package var description: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What is wrong with a text that should be a hash: a sentence that follows the name of the key.
package struct PasswordHashError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Whether two texts are equal, in a time that does not tell where they differ.
func isSame(_ one: String, _ other: String) -> Bool {
    guard one.utf8.count == other.utf8.count else { return false }
    // The parentheses matter: in Swift, | and ^ bind alike.
    return zip(one.utf8, other.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
}

/// The alphabet of bcrypt's own base64.
private func isBcryptBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"):
        true
    default: false
    }
}
