import Dispatch
import Glibc
internal import Locking

/// An HTTP/1.1 server: libmicrohttpd on threads of its own, a handler that answers each request.
///
/// Serves from `init` until `stop` or the last reference is gone. The handler is called on one thread for
/// each address, or as `ServerLimits.threads` says, for every method and path; GET, HEAD and what else to refuse is its
/// business.
package final class Server: Sendable {
    /// Where it listens, in the order of what it was started with.
    package let sockets: [ListeningSocket]
    let responder: Responder
    private let daemons: Locked<[Daemon]>

    /// The port in use, also where 0 was asked for; the first of several.
    package var port: UInt16 { sockets.first?.port ?? 0 }

    /// Serves on all of the addresses, or throws and serves on none. The limits are those of all together.
    package convenience init(
        listening addresses: [ListenAddress], limits: ServerLimits = ServerLimits(),
        handler: @escaping @Sendable (ServerRequest) -> ServerResponse
    ) throws(ServerError) {
        try self.init(listening: addresses, limits: limits, answering: { .now(handler($0)) })
    }

    package convenience init(
        listening address: ListenAddress, limits: ServerLimits = ServerLimits(),
        handler: @escaping @Sendable (ServerRequest) -> ServerResponse
    ) throws(ServerError) {
        try self.init(listening: [address], limits: limits, handler: handler)
    }

    package convenience init(
        listening addresses: [ListenAddress], limits: ServerLimits = ServerLimits(), tls: TLSContext? = nil,
        answering handler: @escaping @Sendable (ServerRequest) -> ServerAnswer
    ) throws(ServerError) {
        try self.init(sockets: ListeningSocket.open(addresses), limits: limits, tls: tls, answering: handler)
    }

    /// Serves on sockets that listen, and closes them: at the end, or where it throws. With a TLS context it serves HTTPS,
    /// and nothing else. The handler may put its answer off, unless each connection has a thread.
    package init(
        sockets: [ListeningSocket], limits: ServerLimits = ServerLimits(), tls: TLSContext? = nil,
        answering handler: @escaping @Sendable (ServerRequest) -> ServerAnswer
    ) throws(ServerError) {
        let responder = Responder(limits: limits, tls: tls, handler: handler)
        daemons = Locked(try Self.start(sockets, limits: limits, responder: responder))
        self.responder = responder
        self.sockets = sockets
    }

    deinit {
        stop(drain: .zero)
    }

    /// From now on, new connections start with another certificate and other rules; those that are open keep theirs until
    /// their next response, with which they are closed. Without effect on a server without TLS.
    package func use(_ tls: TLSContext) {
        responder.use(tls)
    }

    /// Stops listening (others who have the same socket go on), waits for at most `drain` until requests that have come
    /// whole are answered, and closes every connection.
    ///
    /// Blocks. A second call does nothing, and does not wait for the first. Must not be called by the handler.
    package func stop(drain: Duration) {
        let daemons = daemons.withLock { daemons in
            defer { daemons = [] }
            return daemons
        }
        guard !daemons.isEmpty else { return }
        for daemon in daemons { daemon.refuse() }
        responder.connections.waitForResponses(atMost: drain)
        responder.stopWaiting()
        for daemon in daemons { daemon.stop() }
    }

    private static func start(
        _ sockets: [ListeningSocket], limits: ServerLimits, responder: Responder
    ) throws(ServerError) -> [Daemon] {
        var daemons: [Daemon] = []
        for socket in sockets {
            guard let daemon = Daemon(socket: socket, limits: limits, responder: responder) else {
                for daemon in daemons { daemon.refuse() }
                responder.stopWaiting()
                for daemon in daemons { daemon.stop() }
                for unused in sockets[(daemons.count + 1)...] { unused.close() }
                throw ServerError(
                    address: socket.address,
                    problem: "not enough threads or open files; raise their limits (ulimit -u, ulimit -n)")
            }
            daemons.append(daemon)
        }
        return daemons
    }
}
