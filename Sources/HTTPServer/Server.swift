internal import CMicrohttpd
import Dispatch
import Glibc
internal import Locking

/// An HTTP/1.1 server: libmicrohttpd on threads of its own, a handler that answers each request.
///
/// Serves from `init` until `stop` or the last reference is gone. The handler is called from several threads at a
/// time, for every method and path; GET, HEAD and what else to refuse is its business.
package final class Server: Sendable {
    /// The port in use, also where 0 was asked for.
    package let port: UInt16
    private let running: Locked<Running?>

    package init(
        listening address: ListenAddress, limits: ServerLimits = ServerLimits(),
        handler: @escaping @Sendable (ServerRequest) -> ServerResponse
    ) throws(ServerError) {
        let socket = try ListeningSocket(address)
        let responder = Responder(limits: limits, handler: handler)
        guard let running = Running(socket: socket, limits: limits, responder: responder) else {
            throw ServerError(
                address: address,
                problem: "not enough threads or open files; raise their limits (ulimit -u, ulimit -n)")
        }
        responder.watchDeadlines()
        port = socket.port
        self.running = Locked(running)
    }

    deinit {
        stop(drain: .zero)
    }

    /// Stops listening, waits for at most `drain` until responses in flight are out, and closes every connection.
    ///
    /// Blocks. A second call does nothing, and does not wait for the first. Must not be called by the handler.
    package func stop(drain: Duration) {
        running.withLock { $0.take() }?.stop(drain: drain)
    }
}

/// A daemon that runs, and what it works with.
private struct Running: @unchecked Sendable {
    // Proof for @unchecked: `daemon` is never dereferenced here, and libmicrohttpd's functions may be called from any
    // thread. That MHD_stop_daemon is called once is the lock's business in `Server`.
    private let daemon: OpaquePointer
    /// Retained for the callbacks until MHD_stop_daemon has joined the threads that call them.
    private let responder: Unmanaged<Responder>

    /// Nil if libmicrohttpd could not start; it has then closed the socket, and errno says nothing useful.
    init?(socket: ListeningSocket, limits: ServerLimits, responder: Responder) {
        let retained = Unmanaged.passRetained(responder)
        var settings = cmicrohttpd_settings(limits, socket: socket, context: retained.toOpaque())
        guard let daemon = cmicrohttpd_start(&settings) else {
            retained.release()
            return nil
        }
        self.daemon = daemon
        self.responder = retained
    }

    func stop(drain: Duration) {
        let socket = MHD_quiesce_daemon(daemon)
        // Refuses new clients now. The descriptor itself must stay open until the threads that may use it are gone
        // (manual of MHD_quiesce_daemon).
        shutdown(socket, Int32(SHUT_RDWR))
        let seconds = drain / .seconds(1)
        _ = responder.takeUnretainedValue().exchanges.wait(timeout: .now() + seconds)
        MHD_stop_daemon(daemon)
        if socket >= 0 { close(socket) }
        responder.release()
    }
}

extension cmicrohttpd_settings {
    fileprivate init(_ limits: ServerLimits, socket: ListeningSocket, context: UnsafeMutableRawPointer) {
        // Without MHD_USE_ERROR_LOG libmicrohttpd writes nothing to stderr. MHD_USE_ITC is what lets it be quiesced.
        var flags = MHD_USE_AUTO.rawValue | MHD_USE_INTERNAL_POLLING_THREAD.rawValue | MHD_USE_ITC.rawValue
        var poolSize = 0
        switch limits.threads {
        case .pool(let size): poolSize = size > 1 ? size : 0
        case .perConnection: flags |= MHD_USE_THREAD_PER_CONNECTION.rawValue
        }
        self.init(
            flags: flags,
            listen_socket: socket.descriptor,
            connection_limit: UInt32(clamping: limits.connections),
            per_ip_connection_limit: UInt32(clamping: limits.connectionsPerClient),
            idle_timeout_seconds: UInt32(clamping: max(1, limits.idleTimeout.components.seconds)),
            memory_per_connection: limits.memoryPerConnection,
            thread_pool_size: UInt32(clamping: poolSize),
            on_request: onRequest, on_completed: onCompleted, on_connection: onConnection,
            unescape: percentDecode, context: context)
    }
}
