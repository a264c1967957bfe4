import Glibc

/// A TCP socket that listens; whoever holds the value closes it.
///
/// Opened here and not by libmicrohttpd, which tells why it failed only in a log line.
package struct ListeningSocket: Sendable {
    let descriptor: Int32
    /// As it was asked for, or, where it was taken over, as it is bound.
    package let address: ListenAddress
    /// The port in use, also where 0 was asked for.
    package let port: UInt16
    /// Whether others hold it as well, and go on to listen when this process ends.
    let isShared: Bool

    /// Listens on the first address the host stands for that this machine has.
    init(_ address: ListenAddress) throws(ServerError) {
        var failure = EADDRNOTAVAIL
        for candidate in try SocketAddress.candidates(for: address) {
            let descriptor = listeningSocket(on: candidate)
            if descriptor >= 0 {
                self.descriptor = descriptor
                self.address = address
                port = SocketAddress.port(of: descriptor)
                isShared = false
                return
            }
            failure = errno
            // Only a machine without IPv6 falls back to IPv4: a port in use must not end as half a listener.
            guard failure == EAFNOSUPPORT || failure == EADDRNOTAVAIL else { break }
        }
        throw ServerError(address, errno: failure)
    }

    /// Takes over a TCP socket that already listens, and that whoever passed it goes on to hold, as systemd does.
    package init(adopting descriptor: Int32) {
        // Of all who wait for a client, also in other processes, one gets it: the others must not block in accept(2).
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        self.descriptor = descriptor
        address = SocketAddress.bound(of: descriptor)
        port = address.port
        isShared = true
    }

    /// Listens on all of the addresses, or on none. Clients wait until a server takes the sockets.
    package static func open(_ addresses: [ListenAddress]) throws(ServerError) -> [ListeningSocket] {
        var sockets: [ListeningSocket] = []
        for address in addresses {
            do { sockets.append(try ListeningSocket(address)) } catch {
                for socket in sockets { socket.close() }
                throw error
            }
        }
        return sockets
    }

    /// Ends the listening of a socket that no server has taken.
    package func close() {
        Glibc.close(descriptor)
    }
}

/// A socket that listens on `address`, or -1 with the reason in errno.
private func listeningSocket(on address: SocketAddress) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, type, 0)
    guard descriptor >= 0 else { return -1 }
    // Without SO_REUSEADDR a restart fails for a minute while old connections are in TIME_WAIT.
    enable(SO_REUSEADDR, SOL_SOCKET, true, on: descriptor)
    if address.family == AF_INET6 { enable(IPV6_V6ONLY, Int32(IPPROTO_IPV6), !address.isWildcard, on: descriptor) }
    let bound = address.withPointer { bind(descriptor, $0, $1) }
    guard bound == 0, listen(descriptor, SOMAXCONN) == 0 else {
        let reason = errno
        close(descriptor)
        errno = reason
        return -1
    }
    return descriptor
}

private func enable(_ option: Int32, _ level: Int32, _ on: Bool, on descriptor: Int32) {
    var value: Int32 = on ? 1 : 0
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
}
