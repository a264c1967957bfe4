@preconcurrency internal import Dispatch
import Glibc
internal import Locking

/// The open connections and what each is at; safe to use from any thread.
///
/// Decides who has to go: whose deadline is over, and, where there are too many, whoever has longest done nothing that a
/// client should. A scraper asks as soon as it is connected, so however many slow clients there are, also from its own
/// address, it is they who make room; of one that idles between two scrapes among very many younger clients, the connection
/// may go, and it connects anew. One table for all daemons of a server.
final class Connections: Sendable {
    private struct Table {
        var open: Set<Connection> = []
        /// How many of them have a request of those that `limits.requests` counts.
        var counted = 0
        /// When to look for overdue ones; nil where there is none.
        var nextLook: ContinuousClock.Instant?

        mutating func count(_ connection: Connection, _ isCounted: Bool) {
            guard connection.standing.isCounted != isCounted else { return }
            connection.standing.isCounted = isCounted
            counted += isCounted ? 1 : -1
        }
    }

    private let limits: ServerLimits
    private let table = Locked(Table())
    /// Goes off when a connection may be overdue, and never while there is none: an idle server does nothing.
    private let alarm = DispatchSource.makeTimerSource(queue: .global())

    init(limits: ServerLimits) {
        self.limits = limits
        // Not this object: one that is referred to weakly is slower to retain, which every request does.
        alarm.setEventHandler { [table, alarm] in Self.closeOverdue(table, alarm) }
        alarm.activate()
    }

    deinit {
        // Which also lets go of what the handler refers to.
        alarm.cancel()
    }

    /// A connection was accepted; another may have to go for it. `tls` is what it starts with.
    func opened(_ socket: Int32, from client: ClientAddress, tls: TLSContext? = nil) -> Connection {
        let newest = Connection(socket, from: client, tls: tls, deadline: limits.requestTimeout)
        table.withLock { table in
            table.open.insert(newest)
            Self.setAlarm(alarm, for: newest.standing.deadline, &table)
            Self.makeRoom(&table, for: newest, limit: limits.connectionsPerClient) { $0.client == client }
            Self.makeRoom(&table, for: newest, limit: limits.connections - max(1, limits.connections / 8)) { _ in true }
        }
        return newest
    }

    /// To be called before the socket is closed, so that the number of one in the table belongs to no other file.
    func closed(_ connection: Connection) {
        table.withLock { table in
            table.open.remove(connection)
            table.count(connection, false)
        }
    }

    /// A request is complete. False where too many are in flight: it is to be answered with 503, and not handled.
    func handlerBegins(_ connection: Connection, isCounted: Bool) -> Bool {
        table.withLock { table in
            let isAdmitted = !isCounted || makePlace(for: connection.client, &table)
            table.count(connection, isCounted && isAdmitted)
            connection.standing.begin(.handler, deadline: nil)
            return isAdmitted
        }
    }

    /// What puts answers off has limits of its own: those who wait there keep nobody else out.
    func answerPends(_ connection: Connection) {
        table.withLock { table in
            table.count(connection, false)
            connection.standing.begin(.pending, deadline: nil)
        }
    }

    /// The handler has something to do again for a request it has put off.
    func handlerGoesOn(_ connection: Connection) {
        table.withLock { _ in connection.standing.begin(.handler, deadline: nil) }
    }

    func answerBegins(_ connection: Connection) {
        table.withLock { table in
            connection.standing.begin(.answer, deadline: limits.responseTimeout)
            Self.setAlarm(alarm, for: connection.standing.deadline, &table)
        }
    }

    /// The response is out, or the connection lost.
    func exchangeEnded(_ connection: Connection) {
        table.withLock { table in
            table.count(connection, false)
            connection.standing.begin(.asking, deadline: limits.idleTimeout + limits.requestTimeout)
            Self.setAlarm(alarm, for: connection.standing.deadline, &table)
        }
    }

    func isHandlerRunning(forLongerThan limit: Duration) -> Bool {
        let latest = ContinuousClock.now - limit
        return table.withLock { $0.open.contains { $0.standing.activity == .handler && $0.standing.since < latest } }
    }

    private static func closeOverdue(_ table: Locked<Table>, _ alarm: any DispatchSourceTimer) {
        let now = ContinuousClock.now
        table.withLock { table in
            for connection in table.open where connection.standing.isOverdue(at: now) { shutDown(connection, &table) }
            table.nextLook = nil
            setAlarm(alarm, for: table.open.compactMap(\.standing.deadline).min(), &table)
        }
    }

    /// Sees to it that somebody looks when this time is past, at most once a second.
    private static func setAlarm(
        _ alarm: any DispatchSourceTimer, for deadline: ContinuousClock.Instant?, _ table: inout Table
    ) {
        guard let deadline, table.nextLook.map({ deadline < $0 }) ?? true else { return }
        table.nextLook = deadline
        let wait = max(.seconds(1), deadline - .now)
        alarm.schedule(deadline: .now() + wait / .seconds(1), leeway: .milliseconds(100))
    }

    /// Shuts down the connection that has longest done nothing, where more than `limit` are `among` those that matter.
    private static func makeRoom(
        _ table: inout Table, for newest: Connection, limit: Int, among: (Connection) -> Bool
    ) {
        let others = table.open.filter { $0 !== newest && $0.standing.activity != .closing && among($0) }
        guard others.count >= limit else { return }
        // A handler that runs, or has put its answer off, is not the client's doing.
        let idle = others.lazy.filter { ![.handler, .pending].contains($0.standing.activity) }
        if let oldest = idle.min(by: { $0.standing.since < $1.standing.since }) { shutDown(oldest, &table) }
    }

    /// Whether one more request of this client may be in flight. Where all places are taken, a response makes room.
    private func makePlace(for client: ClientAddress, _ table: inout Table) -> Bool {
        guard limits.requests > 0, table.counted >= limits.requests else { return true }
        guard let slowest = slowest(of: table.open.filter(\.standing.isCounted), for: client) else { return false }
        Self.shutDown(slowest, &table)
        return true
    }

    /// The response that has to go for a request of this client, the oldest of the first kind of which there is any: one of
    /// the client that has most places, if it then still has as many as the one that asks; one of its own that it takes
    /// nothing of; one that has long not been taken, of a client that has no fewer places.
    private func slowest(of counted: Set<Connection>, for client: ClientAddress) -> Connection? {
        let places = counted.reduce(into: [:]) { $0[$1.client, default: 0] += 1 }
        let own = places[client] ?? 0
        let most = places.values.max() ?? 0
        let patience = ContinuousClock.now - limits.responsePatience
        let responses = counted.filter { $0.standing.activity == .answer }.sorted {
            $0.standing.since < $1.standing.since
        }
        return responses.first { most > own + 1 && places[$0.client] == most }
            ?? responses.first { $0.client == client && isStalled($0.socket) }
            ?? responses.first { $0.standing.since < patience && places[$0.client, default: 0] >= own }
    }

    /// Under the lock, because a connection leaves the table under it before its socket is closed.
    private static func shutDown(_ connection: Connection, _ table: inout Table) {
        if connection.standing.activity == .answer {
            // The system would keep what it has buffered of the response until the client takes it.
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        }
        shutdown(connection.socket, Int32(SHUT_RDWR))
        table.count(connection, false)
        connection.standing.begin(.closing, deadline: nil)
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
