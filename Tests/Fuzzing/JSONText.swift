/// A text of a JSON document, by the bytes between its quotes.
struct JSONText {
    let raw: ArraySlice<UInt8>

    /// In UTF-8; nil where an escape is impossible, such as half of a surrogate pair (RFC 8259, sections 7 and 8.2).
    var unescaped: [UInt8]? {
        var bytes: [UInt8] = []
        var rest = raw
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard let scalar = Self.escape(&rest) else { return nil }
            bytes += Array(String(scalar).utf8)
        }
        return bytes
    }

    private static let short: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
        UInt8(ascii: "f"): "\u{c}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]

    private static func escape(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let letter = rest.popFirst() else { return nil }
        guard letter == UInt8(ascii: "u") else { return short[letter] }
        guard let first = unit(&rest) else { return nil }
        guard 0xd800...0xdbff ~= first else { return Unicode.Scalar(first) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"),
            let second = unit(&rest), 0xdc00...0xdfff ~= second
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
        let digits = rest.prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        rest.removeFirst(4)
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
