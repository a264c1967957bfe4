internal import Files
internal import Locking

/// A secret from the environment, or from a file that is read again for each use so that it can be rotated.
///
/// Nothing that prints or reflects a value shows it.
final class Secret: Sendable, CustomStringConvertible, CustomReflectable {
    /// Where a secret is to be found.
    enum Source: Equatable {
        /// The name of an environment variable.
        case environment(String)
        case file(path: String)
    }

    let source: Source
    private let last: Locked<String>

    /// Throws where there is nothing in the variable.
    init(environment name: String, value: String) throws(FileError) {
        source = .environment(name)
        last = Locked(try Self.cleaned(value))
    }

    /// Throws where the file cannot be read or holds nothing.
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
        try cleaned(readFile(path, limit: 64 * 1024))
    }

    /// The text without the line break that editors and `echo` add, and the byte order mark some put in front.
    private static func cleaned(_ text: String) throws(FileError) -> String {
        let secret = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.reversed().drop(while: \.isWhitespace).reversed()
        guard !secret.isEmpty else { throw FileError(description: "it is empty") }
        return String(secret)
    }
}
