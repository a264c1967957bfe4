import Glibc

extension Server {
    /// Whether clients are served: no handler has been running for longer than `limit`, and on every socket a request of
    /// our own for `path` is answered within it, on all of them together.
    ///
    /// Called by the watchdog; blocks. Closing the connection counts as an answer, which is how one that speaks TLS reacts
    /// to a request in the clear, and so does a socket that we cannot reach from where we are, which says nothing of those
    /// that can.
    package func isServing(path: String, within limit: Duration) -> Bool {
        guard !responder.connections.isHandlerRunning(forLongerThan: limit) else { return false }
        let deadline = ContinuousClock.now + limit
        return sockets.allSatisfy { isAnswered(on: $0, path: path, until: deadline) }
    }

    private func isAnswered(
        on listening: ListeningSocket, path: String, until deadline: ContinuousClock.Instant
    ) -> Bool {
        var address = SocketAddress.storage(of: listening.descriptor)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let client = socket(Int32(address.storage.ss_family), type, 0)
        guard client >= 0 else { return false }
        defer { Glibc.close(client) }
        let connected = withUnsafeBytes(of: &address.storage) {
            connect(client, $0.assumingMemoryBound(to: sockaddr.self).baseAddress!, address.length)
        }
        guard connected == 0 || errno == EINPROGRESS else { return true }
        guard wait(for: POLLOUT, on: client, until: deadline) else { return false }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        _ = send(client, request, request.count, Int32(MSG_NOSIGNAL))
        return wait(for: POLLIN, on: client, until: deadline)
    }
}

/// False if the time is up. An error or the end of the stream is an event as well.
private func wait(for event: Int32, on descriptor: Int32, until deadline: ContinuousClock.Instant) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    while true {
        let left = (deadline - .now) / .milliseconds(1)
        let count = poll(&entry, 1, Int32(max(0, left)))
        if count >= 0 || errno != EINTR { return count > 0 }
    }
}
