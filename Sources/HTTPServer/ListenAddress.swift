import Glibc

/// Where a server listens: `:10042`, `127.0.0.1:10042`, `[::1]:10042` or `localhost:10042`.
///
/// Without a host it is every address of the machine, IPv6 and IPv4. Port 0 lets the system choose a free one.
package struct ListenAddress: Hashable, Sendable {
    /// A literal address without brackets, or a name; nil for every address.
    package let host: String?
    package let port: UInt16

    init(host: String?, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`; throws a sentence about what is wrong with it.
    package init(_ text: String) throws(ListenAddressError) {
        guard let colon = text.lastIndex(of: ":") else {
            throw ListenAddressError(text: text, problem: "the port is missing")
        }
        let portText = text[text.index(after: colon)...]
        guard !portText.isEmpty, portText.utf8.allSatisfy(isDigit), let port = UInt16(portText) else {
            throw ListenAddressError(text: text, problem: "the port is not a number from 0 to 65535")
        }
        guard let host = ListenAddress.host(in: text[..<colon]) else {
            throw ListenAddressError(text: text, problem: "the host is not an address or a name")
        }
        self.host = host.isEmpty ? nil : host
        self.port = port
    }

    /// The host without brackets, "" if there is none; nil if it cannot be one. Names are resolved later.
    private static func host(in text: Substring) -> String? {
        guard !text.hasPrefix("[") else {
            let inner = String(text.dropFirst().dropLast())
            return text.hasSuffix("]") && isAddress(inner, AF_INET6) ? inner : nil
        }
        guard text.utf8.allSatisfy(isHostCharacter) else { return nil }
        // Digits and dots are no name: asking a resolver for them only delays the error.
        let looksNumeric = !text.isEmpty && text.utf8.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") }
        return !looksNumeric || isAddress(String(text), AF_INET) ? String(text) : nil
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        guard let host else { return ":\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension ListenAddress {
    /// Where a client on this machine finds the server that listens here on the given port.
    package func url(port: UInt16) -> String {
        guard let host else { return "http://localhost:\(port)" }
        return host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }
}

/// Why a text is no listen address, as one line.
package struct ListenAddressError: Error, Equatable, CustomStringConvertible {
    package let text: String
    package let problem: String

    package var description: String { "bad listen address \"\(text)\"\(rest)" }

    /// The same line for a text that is not to be repeated.
    package var withoutText: String { "bad listen address\(rest)" }

    private var rest: String { ": \(problem); write it like :10042, 127.0.0.1:10042 or [::1]:10042" }
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func isHostCharacter(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
}

/// Whether `text` is a literal address of the family, by inet_pton(3).
private func isAddress(_ text: String, _ family: Int32) -> Bool {
    var address = in6_addr()
    return inet_pton(family, text, &address) == 1
}
