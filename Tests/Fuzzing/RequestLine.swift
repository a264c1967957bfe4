/// The request line that bytes begin with, read a second time; only where there is no doubt what it is.
struct RequestLine {
    let method: String
    /// Percent-decoded, but for `%00`, and without the query.
    let path: String

    /// Nil for anything but `METHOD /path HTTP/1.1` of printable ASCII.
    init?(_ bytes: [UInt8]) {
        let line = bytes.prefix { $0 != UInt8(ascii: "\r") }
        guard line.allSatisfy({ 0x20...0x7e ~= $0 }), bytes.dropFirst(line.count).starts(with: "\r\n".utf8) else {
            return nil
        }
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].first == UInt8(ascii: "/"), parts[2].elementsEqual("HTTP/1.1".utf8) else {
            return nil
        }
        method = String(decoding: parts[0], as: UTF8.self)
        path = String(decoding: decoded(parts[1].prefix { $0 != UInt8(ascii: "?") }), as: UTF8.self)
    }
}

private func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        if byte == UInt8(ascii: "%"), digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), digits != "00" {
            bytes.append(UInt8(digits, radix: 16) ?? 0)
            rest.removeFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return bytes
}
