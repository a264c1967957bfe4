import Glibc

/// Whose connection it is, as far as limits tell clients apart: an IPv4 address, or the first half of an IPv6 one, since
/// whoever has one of those has the whole /64 network (https://www.rfc-editor.org/rfc/rfc6177).
package enum ClientAddress: Hashable, Sendable {
    case ipv4(UInt32)
    case ipv6(network: UInt64)
    case other

    /// `address` is as accept(2) gives it.
    init(_ address: UnsafePointer<sockaddr>?) {
        switch address.map({ Int32($0.pointee.sa_family) }) {
        case AF_INET:
            self = .ipv4(UnsafeRawPointer(address)?.load(as: sockaddr_in.self).sin_addr.s_addr ?? 0)
        case AF_INET6:
            guard var bytes = UnsafeRawPointer(address)?.load(as: sockaddr_in6.self).sin6_addr else { fallthrough }
            self = withUnsafeBytes(of: &bytes) { ClientAddress(ipv6: $0) }
        default: self = .other
        }
    }

    private init(ipv6 bytes: UnsafeRawBufferPointer) {
        // A socket for both families shows an IPv4 client as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2).
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        self =
            isMapped
            ? .ipv4(bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
            : .ipv6(network: bytes.loadUnaligned(as: UInt64.self))
    }
}
