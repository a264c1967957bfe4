package import CommsAPI
package import Operations

/// One account as it was configured: who to be, what to list, and how.
package struct Account: Equatable, Sendable {
    /// The value of the label `account`, and part of the name of the ledger.
    package let name: String
    package let credentials: AccountCredentials
    package let baseURL: BaseURL
    /// At least one, each once, in the order they are exposed in.
    package let resources: [Resource]
    package let rules: PollRules
    /// Nil is the reading that the account's operations prove.
    package let reading: StatsReading?

    /// The name of the account that the environment describes.
    static let nameFromEnvironment = "default"

    /// Whether a text may name an account: it is a label's value, part of a file's name and a field of the log, and
    /// none of these should have to escape it.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
