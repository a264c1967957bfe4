import Glibc
import TestSupport
import Testing

@testable import HTTPClient

@Suite struct `The socket of a transfer` {
    @Test func `is told from others with its local port by the peer`() throws {
        let peers = try (0..<3).map { _ in try ScriptedPeer(.init(then: .hang)) }
        let first = try connected(to: peers[0].port)
        let local = try localPort(of: first)
        let descriptors = [first] + (try peers.dropFirst().map { try connected(to: $0.port, from: local) })
        defer { for descriptor in descriptors { close(descriptor) } }
        let sockets = OpenSockets()
        for descriptor in descriptors { sockets.add(descriptor) }
        for (peer, descriptor) in zip(peers, descriptors) {
            let port = Int(peer.port)
            #expect(sockets.descriptor(localPort: Int(local), peer: "127.0.0.1", peerPort: port) == descriptor)
            #expect(sockets.descriptor(localPort: Int(local), peer: "127.0.0.2", peerPort: port) == nil)
            #expect(sockets.descriptor(localPort: port, peer: "127.0.0.1", peerPort: port) == nil)
            #expect(sockets.descriptor(localPort: 0, peer: "127.0.0.1", peerPort: port) == nil)
        }
    }

    /// A socket of a port that others may have as well, where their peers differ; the system chooses a port for 0.
    private func connected(to port: UInt16, from local: UInt16 = 0) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var isShared: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isShared, socklen_t(MemoryLayout<Int32>.size))
        let isConnected =
            withAddress(local) { bind(descriptor, $0, $1) == 0 }
            && withAddress(port) { connect(descriptor, $0, $1) == 0 }
        try #require(isConnected, "\(String(cString: strerror(errno)))")
        return descriptor
    }

    private func localPort(of descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &address) {
            getsockname(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress!, &length)
        }
        try #require(code == 0)
        return UInt16(bigEndian: address.sin_port)
    }

    private func withAddress<R>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeBytes(of: &address) {
            body($0.assumingMemoryBound(to: sockaddr.self).baseAddress!, socklen_t($0.count))
        }
    }
}
