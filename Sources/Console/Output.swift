internal import Glibc

/// One of the streams a program is given.
package enum Output: Int32, Sendable {
    case standardOutput = 1
    case standardError = 2

    /// See `write(_: [UInt8])`.
    @discardableResult
    package func write(_ text: String) -> Bool {
        write(Array(text.utf8))
    }

    /// Writes all bytes; false where that cannot be done, as on a full disk or to a pipe that nobody reads.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        writeAll(bytes, to: rawValue)
    }
}

@discardableResult
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written > 0 || errno == EINTR else { return false }
        rest = rest.dropFirst(max(0, written))
    }
    return true
}
