/// The account and resource that a ledger belongs to: by the account's configured name and, where it is configured, its SID.
/// API keys are not part of it, so they may rotate without losing the ledger.
package struct LedgerOwner: Equatable, Sendable {
    /// The account's configured name.
    package let account: String
    /// The name of the resource, such as `messages`.
    package let resource: String
    /// The account's SID, where it is configured.
    package let accountSID: String?

    package init(account: String, resource: String, accountSID: String?) {
        self.account = account
        self.resource = resource
        self.accountSID = accountSID
    }

    /// The name of the owner's file in the storage folder; characters that may not stand in a file name are escaped as
    /// in a URL.
    var fileName: String {
        "\(Self.escaped(account)).\(Self.escaped(resource)).db"
    }

    /// True if two SIDs name one account: their hexadecimal digits may be written in either case.
    static func isSameSID(_ a: String, _ b: String) -> Bool {
        a.lowercased() == b.lowercased()
    }

    private static func escaped(_ name: String) -> String {
        name.utf8.reduce(into: "") { escaped, byte in
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII
                && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar || "-_".unicodeScalars.contains(scalar))
            {
                escaped.unicodeScalars.append(scalar)
            } else {
                escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
