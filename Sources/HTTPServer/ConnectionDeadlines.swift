import Glibc
internal import Locking

/// Until when each open connection may stay, by its socket; safe to use from any thread.
///
/// libmicrohttpd's own timeout is one of inactivity: a client that sends a header byte now and then is never closed.
final class ConnectionDeadlines: Sendable {
    private let deadlines = Locked<[Int32: ContinuousClock.Instant]>([:])

    /// Sets the deadline of a connection to `timeout` from now; nil for none while the handler runs.
    func set(_ timeout: Duration?, of socket: Int32) {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        deadlines.withLock { $0[socket] = deadline }
    }

    /// Shuts down the sockets whose time is over; libmicrohttpd sees the end of the stream and closes them.
    ///
    /// Under the lock, because a connection is removed under it before its socket is closed: a number that is still
    /// here cannot have been given to another file.
    func closeOverdue() {
        let now = ContinuousClock.now
        deadlines.withLock { deadlines in
            for (socket, _) in deadlines.filter({ $0.value <= now }) {
                shutdown(socket, Int32(SHUT_RDWR))
                deadlines[socket] = nil
            }
        }
    }
}
