internal import CommsAPI
internal import Files
internal import Locking

/// A secret from the environment, or from a file that is read again for each use so that it can be rotated.
///
/// Nothing that prints or reflects a value shows it.
final class Secret: Sendable, CustomStringConvertible, CustomReflectable {
    /// The place of a secret.
    enum Source: Equatable {
        /// The name of an environment variable.
        case environment(String)
        case file(path: String)
    }

    let source: Source
    private let last: Locked<String>

    /// Throws where the variable holds no secret.
    init(environment name: String, value: String) throws(FileError) {
        source = .environment(name)
        // The place of bytes that are not UTF-8.
        guard !value.contains("\u{FFFD}") else { throw Self.notUTF8 }
        last = Locked(try Self.cleaned(value))
    }

    /// Throws where the file cannot be read or holds no secret.
    init(path: String) throws(FileError) {
        source = .file(path: path)
        last = Locked(try Self.read(path))
    }

    /// The secret as it stands now; a file that cannot be read any longer leaves it as it last was.
    var current: String {
        guard case .file(let path) = source, let fresh = try? Self.read(path) else { return last.withLock { $0 } }
        last.withLock { $0 = fresh }
        return fresh
    }

    var description: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: []) }

    private static func read(_ path: String) throws(FileError) -> String {
        let bytes = try readBytes(of: path, limit: 64 * 1024)
        guard !bytes.starts(with: [0xff, 0xfe]), !bytes.starts(with: [0xfe, 0xff]) else {
            throw FileError(description: "it is UTF-16; save it as UTF-8")
        }
        guard !bytes.contains(0) else {
            throw FileError(description: "it has a NUL byte, as UTF-16 has; save it as UTF-8")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw notUTF8 }
        return try cleaned(text)
    }

    private static let notUTF8 = FileError(description: "it is not UTF-8; save it as UTF-8")

    /// The text without the line break that editors and `echo` add, and the byte order mark some put in front. Throws where
    /// nothing is left, or where what is left would hardly be sent as it was meant.
    private static func cleaned(_ text: String) throws(FileError) -> String {
        let secret = trimmed(text)
        guard !secret.isEmpty else { throw FileError(description: "it is empty") }
        guard !secret.contains(where: \.isNewline) else {
            throw FileError(description: "it has more than one line; keep the secret alone")
        }
        let isVisible = secret.unicodeScalars.allSatisfy { scalar in
            ![.control, .format].contains(scalar.properties.generalCategory)
        }
        guard isVisible else {
            throw FileError(description: "it has a control character, or an invisible one, in it; write it anew")
        }
        return secret
    }
}

/// True for a text that is made as the API's secrets are: 32 hexadecimal digits, as an auth token, or 32 digits and letters
/// of both cases, as the secret of an API key.
func looksSecret(_ text: some StringProtocol) -> Bool {
    guard text.utf8.count == 32, text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else { return false }
    let hasAll = [\Character.isNumber, \.isLowercase, \.isUppercase].allSatisfy { kind in
        text.contains { $0[keyPath: kind] }
    }
    return hasAll || text.allSatisfy(\.isHexDigit)
}

/// The base URL that a text is; nil where it is none, or has a secret in the place of its host.
func baseURLWithoutSecret(_ text: String) -> BaseURL? {
    BaseURL(text).flatMap { looksSecret($0.host) ? nil : $0 }
}
