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

/// Writes all bytes, and waits for a reader where the descriptor was given in O_NONBLOCK; false where they cannot be written.
@discardableResult
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written < 0, errno == EAGAIN {
            var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&event, 1, -1)
            continue
        }
        guard written > 0 || errno == EINTR else { return false }
        rest = rest.dropFirst(max(0, written))
    }
    return true
}
