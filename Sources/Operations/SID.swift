/// The kinds of SIDs that credentials are made of; `rawValue` is the beginning of one
/// (https://www.twilio.com/docs/glossary/what-is-a-sid).
package enum SID: String {
    case account = "AC"
    case apiKey = "SK"

    /// True if a text is a SID of this kind: the two letters and 32 hexadecimal digits in either case.
    package func isSID(_ text: String) -> Bool {
        text.utf8.count == 34 && text.hasPrefix(rawValue) && text.utf8.dropFirst(2).allSatisfy(Self.isHexDigit)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte | 0x20
    }
}
