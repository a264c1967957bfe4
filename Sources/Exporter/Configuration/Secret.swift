internal import Locking

/// A secret from the environment, or from a file that is read again for each use so that it can be rotated.
///
/// Nothing that prints or reflects a value shows it.
final class Secret: Sendable, CustomStringConvertible, CustomReflectable {
    private let path: String?
    private let last: Locked<String>

    init(value: String) {
        path = nil
        last = Locked(value)
    }

    /// Throws where the file cannot be read or holds nothing.
    init(path: String) throws(FileError) {
        self.path = path
        last = Locked(try Self.read(path))
    }

    /// The secret as it stands now; a file that cannot be read any longer leaves it as it last was.
    var current: String {
        guard let path, let fresh = try? Self.read(path) else { return last.withLock { $0 } }
        last.withLock { $0 = fresh }
        return fresh
    }

    var description: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: []) }

    /// The text without the line break editors add and the byte order mark some put in front.
    private static func read(_ path: String) throws(FileError) -> String {
        let text = try readFile(path, limit: 64 * 1024)
        let secret = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.reversed().drop(while: \.isWhitespace).reversed()
        guard !secret.isEmpty else { throw FileError(description: "it is empty") }
        return String(secret)
    }
}
