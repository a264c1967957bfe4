/// A second opinion on what a JSON document says: RFC 8259 to the letter, one byte after the other, slow and plain.
///
/// As the product's reader promises, escapes in texts are not looked at before somebody reads the text.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    /// The document; nil where it is not one complete value.
    static func read(_ bytes: [UInt8]) -> JSONValue? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        // A byte order mark may be ignored (RFC 8259 section 8.1), and is.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var reader = JSONReader(bytes: bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes)
        guard let value = reader.value(), reader.skipSpace() == nil else { return nil }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard skipSpace() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// The byte after any space.
    private mutating func skipSpace() -> UInt8? {
        while let byte = next, " \n\r\t".utf8.contains(byte) { position += 1 }
        return next
    }

    private mutating func value() -> JSONValue? {
        switch skipSpace() {
        case UInt8(ascii: "{"): object()
        case UInt8(ascii: "["): array()
        case UInt8(ascii: "\""): text().map { .text($0) }
        default: token()
        }
    }

    private mutating func object() -> JSONValue? {
        var members: [(name: JSONText, value: JSONValue)] = []
        position += 1
        guard !skip("}") else { return .object([]) }
        repeat {
            guard skipSpace() == UInt8(ascii: "\""), let name = text(), skip(":"), let value = value() else {
                return nil
            }
            members.append((name, value))
        } while skip(",")
        return skip("}") ? .object(members) : nil
    }

    private mutating func array() -> JSONValue? {
        var elements: [JSONValue] = []
        position += 1
        guard !skip("]") else { return .array([]) }
        repeat {
            guard let value = value() else { return nil }
            elements.append(value)
        } while skip(",")
        return skip("]") ? .array(elements) : nil
    }

    private mutating func text() -> JSONText? {
        position += 1
        let start = position
        while let byte = next, byte >= 0x20 {
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return JSONText(raw: bytes[start..<position - 1]) }
            if byte == UInt8(ascii: "\\"), position > bytes.count || bytes[position - 1] < 0x20 { return nil }
        }
        return nil
    }

    private mutating func token() -> JSONValue? {
        let start = position
        while let byte = next, !" \n\r\t{}[],:\"".utf8.contains(byte) { position += 1 }
        let token = Array(bytes[start..<position])
        if token.elementsEqual("null".utf8) { return .null }
        guard ["true", "false"].contains(String(decoding: token, as: UTF8.self)) || isNumber(token) else { return nil }
        return .other(token)
    }
}

/// RFC 8259, section 6.
private func isNumber(_ token: [UInt8]) -> Bool {
    var rest = token[...]
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let whole = digits(&rest)
    guard whole == 1 || whole > 1 && token.first(where: { $0 != UInt8(ascii: "-") }) != UInt8(ascii: "0") else {
        return false
    }
    if rest.first == UInt8(ascii: ".") {
        rest.removeFirst()
        guard digits(&rest) > 0 else { return false }
    }
    if let letter = rest.first, "eE".utf8.contains(letter) {
        rest.removeFirst()
        if let sign = rest.first, "+-".utf8.contains(sign) { rest.removeFirst() }
        guard digits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
}

/// Takes the digits that come next, and says how many.
private func digits(_ rest: inout ArraySlice<UInt8>) -> Int {
    let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    rest.removeFirst(digits.count)
    return digits.count
}
