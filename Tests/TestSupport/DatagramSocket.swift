import Glibc

/// A Unix datagram socket that hears what a program tells its service manager; closes in deinit.
package final class DatagramSocket: Sendable {
    private let descriptor: Int32

    /// Bound to a path, or, where it begins with `@`, to that abstract name.
    package init(bound name: String) throws(RawSocketError) {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = name.utf8.map { $0 == UInt8(ascii: "@") ? 0 : $0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.prefix($0.count - 1)) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bound = withUnsafeBytes(of: &address) {
            bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress!, length)
        }
        guard bound == 0 else { throw RawSocketError(operation: "bind", code: errno) }
    }

    deinit { close(descriptor) }

    /// The next message, if one has come.
    package func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
