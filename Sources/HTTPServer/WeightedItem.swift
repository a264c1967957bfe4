/// One item of a header that lists what a client accepts, such as `Accept` or `Accept-Encoding`.
package struct WeightedItem: Equatable, Sendable {
    package struct Parameter: Equatable, Sendable {
        /// In lower case.
        package let name: String
        /// As it came, without the quotes.
        package let value: String
    }

    /// In lower case: `text/plain`, `*/*`, `gzip`.
    package let name: String
    /// In the order they came, without the weight.
    package private(set) var parameters: [Parameter] = []
    /// In thousandths; 0 is a refusal.
    package private(set) var weight = 1000

    /// The items of a header, in the order they came. One that is malformed is left out, as if it were not there: the
    /// others still say what they say. Takes time in proportion to the header's length.
    /// https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
    package static func list(_ header: String) -> [WeightedItem] {
        split(Array(header.utf8)[...], at: UInt8(ascii: ",")).compactMap { WeightedItem($0) }
    }

    package func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    private init?(_ text: ArraySlice<UInt8>) {
        let parts = split(text, at: UInt8(ascii: ";")).map(trimmed)
        guard let first = parts.first, !first.isEmpty, first.allSatisfy({ isTokenByte($0) || $0 == slash }) else {
            return nil
        }
        name = string(first).lowercased()
        for part in parts.dropFirst() where !part.isEmpty {
            guard let parameter = Parameter(part) else { return nil }
            // The weight wherever it stands, as the rule is since RFC 9110.
            guard parameter.name == "q" else {
                parameters.append(parameter)
                continue
            }
            guard let weight = thousandths(parameter.value) else { return nil }
            self.weight = weight
        }
    }
}

extension WeightedItem.Parameter {
    fileprivate init?(_ text: ArraySlice<UInt8>) {
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")), equals > text.startIndex,
            text[..<equals].allSatisfy(isTokenByte), let value = parameterValue(text[(equals + 1)...])
        else { return nil }
        self.init(name: string(text[..<equals]).lowercased(), value: value)
    }
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
private let slash = UInt8(ascii: "/")

/// The parts between separators that are outside quotes.
private func split(_ text: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var isQuoted = false
    var isEscaped = false
    for index in text.indices {
        switch text[index] {
        case _ where isEscaped: isEscaped = false
        case backslash: isEscaped = isQuoted
        case quote: isQuoted.toggle()
        case separator where !isQuoted:
            parts.append(text[start..<index])
            start = index + 1
        default: break
        }
    }
    return parts + [text[start...]]
}

/// A token, or the inside of a quoted string; nil for anything else.
private func parameterValue(_ text: ArraySlice<UInt8>) -> String? {
    guard text.first == quote else {
        return text.isEmpty || !text.allSatisfy(isTokenByte) ? nil : string(text)
    }
    guard text.count >= 2, text.last == quote else { return nil }
    var value: [UInt8] = []
    var isEscaped = false
    for byte in text.dropFirst().dropLast() {
        if byte == backslash && !isEscaped {
            isEscaped = true
            continue
        }
        guard byte != quote || isEscaped else { return nil }
        isEscaped = false
        value.append(byte)
    }
    return isEscaped ? nil : string(value[...])
}

/// A weight from 0 to 1 in thousandths; further digits are dropped. Nil for anything else.
private func thousandths(_ text: String) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let decimals = parts.count == 2 ? parts[1] : ""
    guard parts[0] == "0" || parts[0] == "1", decimals.utf8.allSatisfy(isDigit) else { return nil }
    let fraction = decimals.utf8.prefix(3).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    let scale = [100, 10, 1, 1][max(0, min(decimals.utf8.count, 3) - 1)]
    let weight = (parts[0] == "1" ? 1000 : 0) + fraction * scale
    return weight <= 1000 ? weight : nil
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
private func isTokenByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
        || "!#$%&'*+-.^_`|~".utf8.contains(byte)
}

private func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    return text.drop(while: isSpace).reversed().drop(while: isSpace).reversed()[...]
}

private func string(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
}
