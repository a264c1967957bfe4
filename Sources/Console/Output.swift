internal import Glibc

/// One of the streams a program is given.
package enum Output: Int32, Sendable {
    case standardOutput = 1
    case standardError = 2

    package func write(_ text: String) {
        write(Array(text.utf8))
    }

    /// Writes all bytes; gives up silently where nobody reads any longer, since there is nobody left to tell.
    package func write(_ bytes: [UInt8]) {
        writeAll(bytes, to: rawValue)
    }
}

func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written > 0 || errno == EINTR else { return }
        rest = rest.dropFirst(max(0, written))
    }
}
