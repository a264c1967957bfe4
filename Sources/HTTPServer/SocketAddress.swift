import Glibc

/// One address to bind to, as getaddrinfo(3) gives it.
struct SocketAddress {
    let family: Int32
    /// Every address of the machine: then an IPv6 socket takes IPv4 as well.
    let isWildcard: Bool
    private let storage: sockaddr_storage
    private let length: socklen_t

    private init(_ info: addrinfo, isWildcard: Bool) {
        var copy = sockaddr_storage()
        withUnsafeMutableBytes(of: &copy) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
        }
        storage = copy
        length = info.ai_addrlen
        family = info.ai_family
        self.isWildcard = isWildcard
    }

    /// The addresses a listen address stands for, IPv6 first where it stands for all.
    static func candidates(for address: ListenAddress) throws(ServerError) -> [SocketAddress] {
        guard address.host == nil else { return try resolve(address, family: AF_UNSPEC) }
        return try resolve(address, family: AF_INET6) + resolve(address, family: AF_INET)
    }

    private static func resolve(_ address: ListenAddress, family: Int32) throws(ServerError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = family
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, String(address.port), &hints, &list)
        guard code == 0 else {
            throw ServerError(address: address, problem: "\(String(cString: gai_strerror(code))); choose another host")
        }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }
            .compactMap { $0.map { SocketAddress($0.pointee, isWildcard: address.host == nil) } }
    }

    /// Calls `body` with the address as bind(2) wants it.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafeBytes(of: storage) { body($0.assumingMemoryBound(to: sockaddr.self).baseAddress!, length) }
    }

    /// The port a socket is bound to; 0 if it is none.
    static func port(of descriptor: Int32) -> UInt16 {
        bound(of: descriptor).port
    }

    /// The address a socket is bound to; one of port 0 if it is none.
    static func bound(of descriptor: Int32) -> ListenAddress {
        var (storage, length) = storage(of: descriptor)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let result = withUnsafeBytes(of: &storage) { bytes in
            getnameinfo(
                bytes.assumingMemoryBound(to: sockaddr.self).baseAddress!, length, &host, socklen_t(host.count),
                &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
        }
        guard result == 0 else { return ListenAddress(host: nil, port: 0) }
        return ListenAddress(host: text(host), port: UInt16(text(port)) ?? 0)
    }

    /// The address a socket is bound to, as connect(2) wants it; empty if it is none.
    static func storage(of descriptor: Int32) -> (storage: sockaddr_storage, length: socklen_t) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutableBytes(of: &storage) {
            getsockname(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress!, &length)
        }
        return (storage, result == 0 ? length : 0)
    }
}

private func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
