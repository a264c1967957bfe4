/// A proxy as a variable of the environment names it: `scheme://user:password@host:port`, where only
/// the host is needed.
///
/// User name and password are taken out of the URL, so that libcurl cannot repeat them in an error.
/// Source of the forms: https://curl.se/libcurl/c/CURLOPT_PROXY.html
struct ProxyAddress: Equatable, Sendable {
    private static let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]

    /// Without user name and password.
    let url: String
    /// Percent-decoded, which need not be UTF-8, with a zero at the end; nil where there is none.
    private(set) var userName: [CChar]?
    /// The password in the same form; nil where there is none.
    private(set) var password: [CChar]?

    /// Throws for all that libcurl would take for something else than was meant.
    init(_ text: String) throws(ProxyFault) {
        let (scheme, rest) = split(text)
        guard Self.schemes.contains(scheme) else { throw .scheme }
        // A password may have an @ that was not encoded, a host has none.
        let at = rest.lastIndex(of: "@")
        let address = try hostAndPort(at.map { rest[rest.index(after: $0)...] } ?? rest)
        url = "\(scheme)://\(address)"
        guard let at else { return }
        let login = rest[..<at]
        guard !login.contains(where: { "#/?@".contains($0) || isBlank($0) }) else { throw .login }
        let parts = login.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        userName = try parts.first.map(percentDecoded)
        password = try parts.dropFirst().first.map(percentDecoded)
    }
}

/// A fault of a proxy's address; the text repeats nothing of it.
enum ProxyFault: String, Error {
    case scheme = "the scheme must be http, https, socks4, socks4a, socks5 or socks5h, as in http://proxy.example:3128"
    case login = """
        in a user name or password, percent-encode # as %23, / as %2F, ? as %3F, @ as %40 and a blank as %20
        """
    case nul = "a user name or password with a NUL (%00) cannot be sent"
    case encoding = "a user name or password that is not UTF-8 must be percent-encoded"
    case host = "the host must be a name or an address, as in http://proxy.example:3128 or http://[2001:db8::1]:3128"
    case port = "the port must be a number from 1 to 65535, as in http://proxy.example:3128"
    case blank = "there must be no blank in it; in a user name or password, write %20"
    case more = "nothing may follow the host and port, as in http://proxy.example:3128"
    case list = "must be hosts, separated by commas, or *; one of them is a URL or has an @"
}

/// The scheme in lower case, `http` where there is none, and what follows it.
private func split(_ text: String) -> (scheme: String, rest: Substring) {
    guard let mark = text.firstRange(of: "://") else { return ("http", text[...]) }
    let scheme = text[..<mark.lowerBound]
    // After any other text, the mark is part of a password.
    guard scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }) else {
        return ("http", text[...])
    }
    return (scheme.lowercased(), text[mark.upperBound...])
}

/// The address without a slash at its end.
private func hostAndPort(_ text: Substring) throws(ProxyFault) -> Substring {
    let address = text.hasSuffix("/") ? text.dropLast() : text
    guard !address.contains(where: isBlank) else { throw .blank }
    guard !address.contains(where: { "/?#".contains($0) }) else { throw .more }
    let host: Substring
    if address.hasPrefix("[") {
        host = address.prefix { $0 != "]" }.dropFirst()
        guard isHost(host, besides: ":%"), host.endIndex < address.endIndex else { throw .host }
        try checkPort(address[address.index(after: host.endIndex)...])
    } else {
        host = address.prefix { $0 != ":" }
        guard isHost(host, besides: "") else { throw .host }
        try checkPort(address[host.endIndex...])
    }
    return address
}

/// Letters, digits, `.`, `-` and `_`, and some characters besides.
private func isHost(_ text: Substring, besides others: String) -> Bool {
    !text.isEmpty
        && text.allSatisfy { ($0.isASCII && ($0.isLetter || $0.isNumber)) || ".-_".contains($0) || others.contains($0) }
}

/// Takes `:` and a port, or nothing.
private func checkPort(_ text: Substring) throws(ProxyFault) {
    guard !text.isEmpty else { return }
    let digits = text.dropFirst()
    guard text.hasPrefix(":"), digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
        let port = Int(digits), 1...65_535 ~= port
    else { throw .port }
}

private func isBlank(_ character: Character) -> Bool {
    character.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
}

/// The bytes, with a zero after them; as curl, takes a `%` that no two digits follow for itself.
private func percentDecoded(_ text: Substring) throws(ProxyFault) -> [CChar] {
    guard !text.unicodeScalars.contains("\u{FFFD}") else { throw .encoding }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        let digits = rest.prefix(2)
        if byte == UInt8(ascii: "%"), digits.count == 2,
            digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest.removeFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    guard !bytes.contains(0) else { throw .nul }
    return bytes.map { CChar(bitPattern: $0) } + [0]
}
