internal import CMicrohttpd
import Glibc

/// libmicrohttpd on one listening socket, with threads of its own.
struct Daemon: @unchecked Sendable {
    // Proof for @unchecked: `daemon` is never dereferenced here, and libmicrohttpd's functions may be called from any
    // thread. That MHD_stop_daemon is called once is the lock's business in `Server`.
    private let daemon: OpaquePointer
    private let socket: ListeningSocket
    /// Retained for the callbacks until MHD_stop_daemon has joined the threads that call them.
    private let responder: Unmanaged<Responder>

    /// Nil if libmicrohttpd could not start; it has then closed the socket, and errno says nothing useful.
    init?(socket: ListeningSocket, limits: ServerLimits, responder: Responder) {
        let retained = Unmanaged.passRetained(responder)
        var settings = cmicrohttpd_settings(
            limits, socket: socket, usesTLS: responder.usesTLS, context: retained.toOpaque())
        guard let daemon = cmicrohttpd_start(&settings) else {
            retained.release()
            return nil
        }
        self.daemon = daemon
        self.socket = socket
        self.responder = retained
    }

    /// Accepts nobody any more; responses in flight go on. To be followed by `stop`, and soon: a socket that is shut down
    /// wakes its threads all the time, so that they take what CPU there is.
    ///
    /// MHD_quiesce_daemon is only for sockets that others have as well, which go on to listen, for them: with epoll,
    /// libmicrohttpd 0.9.75 ends the process where one of its threads wakes up in the same moment, since both take the
    /// socket out of the thread's set, and whoever is second does not find it there.
    func refuse() {
        if socket.isShared {
            MHD_quiesce_daemon(daemon)
        } else {
            shutdown(socket.descriptor, Int32(SHUT_RDWR))
        }
    }

    /// Closes every connection, and the socket. Blocks until its threads are gone.
    func stop() {
        MHD_stop_daemon(daemon)
        // It closes the socket itself, unless it was quiesced.
        if socket.isShared { close(socket.descriptor) }
        responder.release()
    }
}

extension cmicrohttpd_settings {
    fileprivate init(
        _ limits: ServerLimits, socket: ListeningSocket, usesTLS: Bool, context: UnsafeMutableRawPointer
    ) {
        // Without MHD_USE_ERROR_LOG libmicrohttpd writes nothing to stderr. MHD_USE_ITC is what lets it be quiesced.
        var flags = MHD_USE_INTERNAL_POLLING_THREAD.rawValue | MHD_USE_ITC.rawValue
        // With epoll libmicrohttpd 0.9.75 spins while a TLS handshake that has begun waits for its client, and cannot be
        // quiesced safely.
        flags |= usesTLS || socket.isShared ? MHD_USE_POLL.rawValue : MHD_USE_AUTO.rawValue
        if limits.threads.canSuspend { flags |= MHD_ALLOW_SUSPEND_RESUME.rawValue }
        if usesTLS { flags |= MHD_USE_TLS.rawValue }
        var poolSize = 0
        switch limits.threads {
        case .pool(let size): poolSize = size > 1 ? size : 0
        case .perConnection: flags |= MHD_USE_THREAD_PER_CONNECTION.rawValue
        }
        self.init(
            flags: flags,
            listen_socket: socket.descriptor,
            connection_limit: UInt32(clamping: limits.connections),
            idle_timeout_seconds: UInt32(clamping: max(1, limits.idleTimeout.components.seconds)),
            memory_per_connection: limits.memoryPerConnection,
            thread_pool_size: UInt32(clamping: poolSize),
            on_request: onRequest, on_completed: onCompleted, on_connection: onConnection,
            unescape: percentDecode, context: context)
    }
}
