internal import CMicrohttpd
internal import Locking

/// The connections that wait for an answer, by the answer; safe to use from any thread.
///
/// libmicrohttpd must not be stopped while any is suspended, and none may be resumed that is gone, so each is resumed by
/// whoever takes it out of the table: its answer, or the end of the server.
final class SuspendedConnections: Sendable {
    private struct State {
        /// Connections as numbers, since pointers are not Sendable.
        var connections: [ObjectIdentifier: UInt] = [:]
        var isStopping = false
    }

    private let state = Locked(State())

    /// Lets a connection wait; to be called by its own thread in the handler. False where the server stops, and nobody waits
    /// any more.
    func suspend(_ connection: OpaquePointer, for pending: PendingAnswer) -> Bool {
        let isSuspended = state.withLock { state in
            guard !state.isStopping else { return false }
            MHD_suspend_connection(connection)
            state.connections[ObjectIdentifier(pending)] = UInt(bitPattern: connection)
            return true
        }
        if isSuspended { pending.whenResolved { [self, id = ObjectIdentifier(pending)] _ in resume(id) } }
        return isSuspended
    }

    private func resume(_ id: ObjectIdentifier) {
        state.withLock { state in
            let connection = state.connections.removeValue(forKey: id)
            connection.flatMap { OpaquePointer(bitPattern: $0) }.map(MHD_resume_connection)
        }
    }

    /// Lets all go on, and none wait any more.
    func stop() {
        state.withLock { state in
            state.isStopping = true
            for connection in state.connections.values.compactMap(OpaquePointer.init(bitPattern:)) {
                MHD_resume_connection(connection)
            }
            state.connections = [:]
        }
    }
}
