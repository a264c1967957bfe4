import Glibc

/// A port of the loopback address that is taken and on which nobody listens: connections are refused.
package final class SilentPort {
    package let port: UInt16
    private let descriptor: Int32

    package init() throws(RawSocketError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RawSocketError(operation: "make", code: errno) }
        self.descriptor = descriptor
        port = try bindToLoopback(descriptor)
    }

    deinit { close(descriptor) }
}

/// Returns the port the system chose.
package func bindToLoopback(_ descriptor: Int32) throws(RawSocketError) -> UInt16 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failed = withUnsafeMutableBytes(of: &address) { bytes in
        let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
        return bind(descriptor, address, length) != 0 || getsockname(descriptor, address, &length) != 0
    }
    guard !failed else { throw RawSocketError(operation: "bind", code: errno) }
    return UInt16(bigEndian: address.sin_port)
}
