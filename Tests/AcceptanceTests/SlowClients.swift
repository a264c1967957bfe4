import Glibc
import Locking
import TestSupport

/// Clients of one address that take their time, and come again when they are closed; until they are told to leave.
final class SlowClients: Sendable {
    /// What they do instead of asking and reading the answer.
    enum Kind: CaseIterable, Sendable {
        case sayNothing
        /// A header line now and then, and never the last.
        case dripHeaders
        case stopHalfway
        /// Ask again and again and read nothing.
        case takeNoResponse
    }

    private let port: UInt16
    private let source: String
    /// How often a client had to come again.
    private let returns = Locked(0)
    private let isOver = Latch()

    var returnCount: Int { returns.withLock { $0 } }

    /// Returns when all are connected.
    init(_ count: Int, of kinds: [Kind] = Kind.allCases, port: Int, from source: String = "127.0.0.1") async throws {
        self.port = UInt16(port)
        self.source = source
        let kinds = (0..<count).map { kinds[$0 % kinds.count] }
        let areConnected = Latch()
        Task.detached { [self] in try await onOwnThread { run(kinds, areConnected) } }
        await areConnected.wait()
    }

    func leave() { isOver.open() }

    private struct Client {
        let kind: Kind
        var socket: RawSocket?
    }

    private func run(_ kinds: [Kind], _ areConnected: Latch) {
        var clients = kinds.map { Client(kind: $0) }
        while !isOver.isOpen {
            for index in clients.indices { goOn(&clients[index]) }
            areConnected.open()
            usleep(100_000)
        }
    }

    private func goOn(_ client: inout Client) {
        if let socket = client.socket, !socket.isClosed {
            guard client.kind == .dripHeaders, (try? socket.send("X-Drip: 1\r\n")) == nil else { return }
        }
        if client.socket != nil { returns.withLock { $0 += 1 } }
        client.socket = try? RawSocket(port: port, from: source, receiveBuffer: 4096)
        try? client.socket?.send(client.kind.beginning)
    }
}

extension SlowClients.Kind {
    /// What it says when it is connected.
    fileprivate var beginning: String {
        switch self {
        case .sayNothing: ""
        case .dripHeaders: "GET /metrics HTTP/1.1\r\nHost: slow\r\n"
        case .stopHalfway: "GET /metrics HTT"
        case .takeNoResponse:
            // More than the system takes off the server's hands.
            String(repeating: "GET /metrics HTTP/1.1\r\nHost: slow\r\n\r\n", count: 400)
        }
    }
}
