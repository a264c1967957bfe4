/// Somebody else's text with `<hidden>` in place of every one of these, be their bytes as they are or percent-encoded.
func hiding(_ secrets: [String], in text: String) -> String {
    let secrets = secrets.filter { !$0.isEmpty }.map { Array($0.utf8) }
    var shown: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
        if let length = secrets.compactMap({ length(of: $0, beginning: rest) }).max() {
            shown += "<hidden>".utf8
            rest.removeFirst(length)
        } else {
            shown.append(byte)
            rest.removeFirst()
        }
    }
    return String(decoding: shown, as: UTF8.self)
}

/// How many bytes of `text` spell the secret that it begins with; nil where it begins otherwise.
private func length(of secret: [UInt8], beginning text: ArraySlice<UInt8>) -> Int? {
    if text.starts(with: secret) { return secret.count }
    var rest = text
    for byte in secret {
        guard let spelt = rest.popFirst() else { return nil }
        if spelt == UInt8(ascii: "%"), percentEncodedByte(rest) == byte {
            rest.removeFirst(2)
        } else if spelt != byte {
            return nil
        }
    }
    return text.count - rest.count
}

/// The byte whose two digits these bytes begin with.
private func percentEncodedByte(_ digits: ArraySlice<UInt8>) -> UInt8? {
    let values = digits.prefix(2).compactMap(hexValue)
    return values.count == 2 ? values[0] << 4 | values[1] : nil
}

/// Somebody else's text with `<hidden>` in place of the user and password of every URL in it.
func hidingUserInfo(in text: String) -> String {
    let mark = "://"
    let parts = text.split(separator: mark, omittingEmptySubsequences: false)
    let hidden = parts.dropFirst().map { part -> Substring in
        let end = part.firstIndex { $0.isWhitespace || "\"'<>".contains($0) } ?? part.endIndex
        guard let at = part[..<end].lastIndex(of: "@") else { return part }
        return "<hidden>" + part[at...]
    }
    return (parts.prefix(1) + hidden).joined(separator: mark)
}
