// RFC 3986, section 2: the few rules a query needs, without Foundation.

/// Encodes every byte that is not unreserved, so that the text is one value wherever it stands in a URL.
func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in text.utf8 {
        if isUnreserved(byte) {
            encoded.append(byte)
        } else {
            encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}

/// The decoded value of the first query parameter of that name. A `+` stays one: base64 has it, and it stands for a
/// space in forms only. Returns nil where there is none, or where its encoding is broken.
func queryValue(of name: String, in url: String) -> String? {
    let parts = url.prefix { $0 != "#" }.split(separator: "?", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    for parameter in parts[1].split(separator: "&") where parameter.hasPrefix(name + "=") {
        return percentDecoded(parameter.dropFirst(name.count + 1))
    }
    return nil
}

private func percentDecoded(_ text: Substring) -> String? {
    var decoded: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            decoded.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue)
        else { return nil }
        decoded.append(high << 4 | low)
    }
    return String(validating: decoded, as: UTF8.self)
}

func hexValue(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
}

private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: false
    }
}
