import Glibc
internal import Locking

/// The open connections and what each is at, by its socket; safe to use from any thread.
///
/// Decides who has to go: whose deadline is over, and, where there are too many, whoever has longest done nothing that a
/// client should. A scraper asks as soon as it is connected, so however many slow clients there are, also from its own
/// address, it is they who make room; of one that idles between two scrapes among very many younger clients, the connection
/// may go, and it connects anew. One table for all daemons of a server: sockets are numbered by the process.
final class Connections: Sendable {
    private let limits: ServerLimits
    private let open = Locked<[Int32: Connection]>([:])

    private struct Connection {
        let client: ClientAddress
        var activity = Activity.asking
        /// When `activity` began.
        var since = ContinuousClock.now
        /// libmicrohttpd's own timeout is one of inactivity: a client that sends a byte now and then is never closed.
        /// Nil while the handler runs, which takes its time.
        var deadline: ContinuousClock.Instant?
        /// Whether its request is one of those that `limits.requests` counts.
        var isCounted = false

        /// What is being closed stays so, whatever libmicrohttpd still has to say of it.
        mutating func begin(_ activity: Activity, deadline: ContinuousClock.Instant?) {
            guard self.activity != .closing else { return }
            self.activity = activity
            self.deadline = deadline
            since = .now
        }

        func isOverdue(at now: ContinuousClock.Instant) -> Bool {
            deadline.map { $0 <= now } ?? false
        }
    }

    private enum Activity {
        /// A request has to come, or its rest, or another one.
        case asking
        case handler
        /// The handler has put its answer off.
        case pending
        /// The client has to take its response.
        case answer
        /// Shut down: libmicrohttpd sees the end of the stream, and closes it in a moment.
        case closing
    }

    init(limits: ServerLimits) {
        self.limits = limits
    }

    /// A connection was accepted; another may have to go for it.
    func opened(_ socket: Int32, from client: ClientAddress) {
        let deadline = ContinuousClock.now + limits.requestTimeout
        open.withLock { open in
            open[socket] = Connection(client: client, deadline: deadline)
            Self.makeRoom(&open, for: socket, limit: limits.connectionsPerClient) { $0.client == client }
            Self.makeRoom(&open, for: socket, limit: limits.connections - max(1, limits.connections / 8)) { _ in true }
        }
    }

    /// To be called before the socket is closed, so that a number that is in the table belongs to no other file.
    func closed(_ socket: Int32) {
        open.withLock { $0[socket] = nil }
    }

    /// A request is complete. False where too many are in flight: it is to be answered with 503, and not handled.
    func handlerBegins(_ socket: Int32, isCounted: Bool) -> Bool {
        open.withLock { open in
            let isAdmitted = !isCounted || makePlace(for: open[socket]?.client, &open)
            open[socket]?.isCounted = isCounted && isAdmitted
            open[socket]?.begin(.handler, deadline: nil)
            return isAdmitted
        }
    }

    /// What puts answers off has limits of its own: those who wait there keep nobody else out.
    func answerPends(_ socket: Int32) {
        open.withLock { open in
            open[socket]?.isCounted = false
            open[socket]?.begin(.pending, deadline: nil)
        }
    }

    /// The handler has something to do again for a request it has put off.
    func handlerGoesOn(_ socket: Int32) {
        open.withLock { $0[socket]?.begin(.handler, deadline: nil) }
    }

    func answerBegins(_ socket: Int32) {
        let deadline = ContinuousClock.now + limits.responseTimeout
        open.withLock { $0[socket]?.begin(.answer, deadline: deadline) }
    }

    /// The response is out, or the connection lost.
    func exchangeEnded(_ socket: Int32) {
        let deadline = ContinuousClock.now + limits.idleTimeout + limits.requestTimeout
        open.withLock { open in
            open[socket]?.isCounted = false
            open[socket]?.begin(.asking, deadline: deadline)
        }
    }

    func isHandlerRunning(forLongerThan limit: Duration) -> Bool {
        let latest = ContinuousClock.now - limit
        return open.withLock { $0.values.contains { $0.activity == .handler && $0.since < latest } }
    }

    /// Called every second.
    func closeOverdue() {
        let now = ContinuousClock.now
        open.withLock { open in
            for (socket, connection) in open where connection.isOverdue(at: now) { Self.shutDown(socket, &open) }
        }
    }

    /// Shuts down the connection that has longest done nothing, where more than `limit` are `among` those that matter.
    private static func makeRoom(
        _ open: inout [Int32: Connection], for newest: Int32, limit: Int, among: (Connection) -> Bool
    ) {
        var count = 0
        var oldest: (socket: Int32, since: ContinuousClock.Instant)?
        for (socket, connection) in open
        where socket != newest && connection.activity != .closing && among(connection) {
            count += 1
            // A handler that runs, or has put its answer off, is not the client's doing.
            guard ![.handler, .pending].contains(connection.activity),
                oldest.map({ connection.since < $0.since }) ?? true
            else { continue }
            oldest = (socket, connection.since)
        }
        if count >= limit, let oldest { shutDown(oldest.socket, &open) }
    }

    /// Whether one more request of this client may be in flight. Where all places are taken, a response makes room.
    private func makePlace(for client: ClientAddress?, _ open: inout [Int32: Connection]) -> Bool {
        guard limits.requests > 0 else { return true }
        let counted = open.filter(\.value.isCounted)
        guard counted.count >= limits.requests else { return true }
        guard let slowest = slowest(of: counted, for: client) else { return false }
        Self.shutDown(slowest, &open)
        return true
    }

    /// The response that has to go for a request of this client, the oldest of the first kind of which there is any: one of
    /// the client that has most places, if it then still has as many as the one that asks; one of its own that it takes
    /// nothing of; one that has long not been taken, of a client that has no fewer places.
    private func slowest(of counted: [Int32: Connection], for client: ClientAddress?) -> Int32? {
        let places = counted.values.reduce(into: [:]) { $0[$1.client, default: 0] += 1 }
        let own = client.flatMap { places[$0] } ?? 0
        let most = places.values.max() ?? 0
        let patience = ContinuousClock.now - limits.responsePatience
        let responses = counted.filter { $0.value.activity == .answer }.sorted { $0.value.since < $1.value.since }
        let victim =
            responses.first { most > own + 1 && places[$0.value.client] == most }
            ?? responses.first { $0.value.client == client && isStalled($0.key) }
            ?? responses.first { $0.value.since < patience && places[$0.value.client, default: 0] >= own }
        return victim?.key
    }

    /// Under the lock, because a connection leaves the table under it before its socket is closed.
    private static func shutDown(_ socket: Int32, _ open: inout [Int32: Connection]) {
        if open[socket]?.activity == .answer {
            // The system would keep what it has buffered of the response until the client takes it.
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        }
        shutdown(socket, Int32(SHUT_RDWR))
        open[socket]?.isCounted = false
        open[socket]?.begin(.closing, deadline: nil)
    }
}

/// Whether the client reads nothing of what it is sent: there is more to send, and nothing is on its way. A network that is
/// slow always has something on its way.
private func isStalled(_ socket: Int32) -> Bool {
    var untaken: Int32 = 0
    var unsent: Int32 = 0
    // What has not been acknowledged, and SIOCOUTQNSD of linux/sockios.h: what of it has not been sent.
    guard ioctl(socket, UInt(TIOCOUTQ), &untaken) == 0, ioctl(socket, 0x894B, &unsent) == 0 else { return false }
    return unsent > 0 && untaken == unsent
}
