internal import Passwords

extension Login {
    /// Reads an Authorization header: the scheme Basic, and a name and a password that a colon parts, in base64
    /// (https://www.rfc-editor.org/rfc/rfc7617#section-2). Nil for anything else.
    init?(authorization: String) {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let bytes = decodedBase64(parts[1].drop { $0 == " " }.utf8),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        // The first colon ends the name: passwords may have more.
        self.init(user: Array(bytes[..<colon]), password: Array(bytes[(colon + 1)...]))
    }
}

/// The bytes that base64 with its padding stands for (https://www.rfc-editor.org/rfc/rfc4648#section-4); nil where it is
/// none, or where bits are set that stand for nothing, so that a login is written in one way only.
private func decodedBase64(_ text: Substring.UTF8View) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let values = text.dropLast(padding).compactMap(base64Value)
    guard padding <= 2, values.count == text.count - padding else { return nil }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    for (index, value) in values.enumerated() {
        bits = bits << 6 | UInt32(value)
        let held = (index + 1) * 6 - bytes.count * 8
        guard held >= 8 else { continue }
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held - 8)))
    }
    let unused = values.count * 6 - bytes.count * 8
    return bits & (1 << UInt32(unused) - 1) == 0 ? bytes : nil
}

private func base64Value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}
