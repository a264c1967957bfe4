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

/// The page token in a URL, a path or a query, decoded; its name may be spelled `pageToken`, `PageToken`, `page_token` or alike.
/// A `+` stays one: base64 has it, and it stands for a space in forms only. Nil where there is none, as in a text that is a
/// token itself, or where its encoding is broken.
func pageToken(in next: String) -> String? {
    let parts = next.prefix { $0 != "#" }.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let query = parts.last, parts.count == 2 || isPageToken(query) else { return nil }
    return query.split(separator: "&").first(where: isPageToken).flatMap { parameter in
        percentDecoded(parameter.drop { $0 != "=" }.dropFirst())
    }
}

/// True if a parameter of a query has the page token's name.
private func isPageToken(_ parameter: Substring) -> Bool {
    guard let end = parameter.firstIndex(of: "=") else { return false }
    return parameter[..<end].filter { $0 != "_" && $0 != "-" }.lowercased() == "pagetoken"
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
