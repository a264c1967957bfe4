@preconcurrency internal import Dispatch
import Glibc
internal import Locking
internal import Synchronization

/// The open connections and what each is at; safe to use from any thread.
///
/// Decides who has to go: whose deadline is over, and, where there are too many, whoever has longest done nothing that a
/// client should. A scraper asks as soon as it is connected, so however many slow clients there are, also from its own
/// address, it is they who make room; of one that idles between two scrapes among very many younger clients, the connection
/// may go, and it connects anew. One table for all daemons of a server.
final class Connections: Sendable {
    /// A connection, and what it was at when somebody looked.
    private typealias Sight = (connection: Connection, standing: Standing)

    private let limits: ServerLimits
    private let deadlines: Deadlines
    private let open = Locked<Set<Connection>>([])
    /// How many of them there are.
    private let count = Atomic(0)
    /// Goes off when a connection may be overdue, and never while there is none: an idle server does nothing.
    private let alarm = DispatchSource.makeTimerSource(queue: .global())
    /// When it goes off next; changed under the lock of `open`.
    private let nextLook = Atomic(Uptime.never)
    /// Signaled where an exchange ends, however it does, once somebody waits for that.
    private let exchangeEnd = DispatchSemaphore(value: 0)
    /// Set by the first who waits, and never taken back.
    private let isWaiting = Atomic(false)

    init(limits: ServerLimits) {
        self.limits = limits
        deadlines = Deadlines(limits)
        alarm.setEventHandler { [self] in closeOverdue() }
        alarm.activate()
    }

    /// To be called at the end: until then, the alarm keeps this.
    func stop() {
        alarm.cancel()
    }

    /// A connection was accepted; another may have to go for it. `tls` is what it starts with.
    func opened(_ socket: Int32, from client: ClientAddress, tls: TLSContext? = nil) -> Connection {
        let newest = Connection(socket, from: client, tls: tls)
        open.withLock { open in
            open.insert(newest)
            count.store(open.count, ordering: .sequentiallyConsistent)
            makeRoom(among: open.filter { $0.client == client }, for: newest, limit: limits.connectionsPerClient)
            makeRoom(among: open, for: newest, limit: limits.connections - max(1, limits.connections / 8))
        }
        setAlarm(for: newest.standing)
        return newest
    }

    /// To be called before the socket is closed, so that the number of one in the table belongs to no other file.
    func closed(_ connection: Connection) {
        open.withLock { open in
            open.remove(connection)
            count.store(open.count, ordering: .sequentiallyConsistent)
        }
    }

    /// A request is complete. False where too many are in flight: it is to be answered with 503, and not handled.
    func handlerBegins(_ connection: Connection, isCounted: Bool) -> Bool {
        begin(connection, Standing(.handler, isCounted: isCounted, since: .now))
        // Each of so few has its place; that it is taken has been noted first, so that any that opens now sees it.
        guard isCounted, limits.requests > 0, count.load(ordering: .sequentiallyConsistent) > limits.requests else {
            return true
        }
        return open.withLock { open in
            // One that is being closed makes nobody give up a place.
            let isAdmitted = connection.standing.activity != .closing && makePlace(for: connection, in: open)
            if !isAdmitted { connection.begin(Standing(.handler, since: connection.standing.since)) }
            return isAdmitted
        }
    }

    /// What puts answers off has limits of its own: those who wait there keep nobody else out.
    func answerPends(_ connection: Connection) {
        begin(.pending, on: connection)
    }

    /// The handler has something to do again for a request it has put off.
    func handlerGoesOn(_ connection: Connection) {
        begin(.handler, on: connection)
    }

    /// The client has to take its response from now on.
    func answerBegins(_ connection: Connection) {
        begin(.answer, on: connection, isCounted: connection.standing.isCounted)
    }

    /// The response is out, or the connection lost.
    func exchangeEnded(_ connection: Connection) {
        begin(.idle, on: connection)
        if isWaiting.load(ordering: .sequentiallyConsistent) { exchangeEnd.signal() }
    }

    /// Returns when no request that has come whole waits for its response, or when the time is up. For `Server.stop`, when no
    /// new clients come.
    func waitForResponses(atMost limit: Duration) {
        let deadline = DispatchTime.now() + .nanoseconds(Int(clamping: limit.nanoseconds))
        isWaiting.store(true, ordering: .sequentiallyConsistent)
        while open.withLock({ $0.contains(where: \.standing.isExchange) }) {
            guard exchangeEnd.wait(timeout: deadline) == .success else { return }
        }
    }

    /// Whether there is a handler that has been at one request for so long.
    func isHandlerRunning(forLongerThan limit: Duration) -> Bool {
        let now = Uptime.now
        return open.withLock { open in
            open.map(\.standing).contains { $0.activity == .handler && $0.since + limit.nanoseconds < now }
        }
    }

    /// Begins what may follow the last activity at once.
    private func begin(_ activity: Standing.Activity, on connection: Connection, isCounted: Bool = false) {
        begin(connection, Standing(activity, isCounted: isCounted, since: .now(after: connection.standing.since)))
    }

    private func begin(_ connection: Connection, _ next: Standing) {
        connection.begin(next)
        setAlarm(for: next)
    }

    private func closeOverdue() {
        open.withLock { open in
            // First, so that whoever begins something now sees to an alarm of its own.
            nextLook.store(.never, ordering: .sequentiallyConsistent)
            let now = Uptime.now
            for (connection, standing) in sights(of: open) where deadlines.deadline(of: standing) <= now {
                shutDown(connection, at: standing)
            }
            lookAgain(at: open.lazy.map { self.deadlines.deadline(of: $0.standing) }.min() ?? .never)
        }
    }

    private func setAlarm(for standing: Standing) {
        let deadline = deadlines.deadline(of: standing)
        guard deadline < nextLook.load(ordering: .sequentiallyConsistent) else { return }
        open.withLock { _ in lookAgain(at: deadline) }
    }

    /// Sees to it that somebody looks when this time is past, at most once a second; under the lock of `open`.
    private func lookAgain(at deadline: Uptime) {
        guard deadline < nextLook.load(ordering: .relaxed) else { return }
        nextLook.store(deadline, ordering: .sequentiallyConsistent)
        let wait = max(1_000_000_000, deadline.rawValue - min(deadline, .now).rawValue)
        alarm.schedule(deadline: .now() + .nanoseconds(Int(clamping: wait)), leeway: .milliseconds(100))
    }

    /// What each is at: once, so that whoever compares them has no two answers.
    private func sights(of connections: some Sequence<Connection>) -> [Sight] {
        connections.map { ($0, $0.standing) }
    }

    /// Shuts down the one of these that has longest done nothing, where there are more than `limit` of them.
    private func makeRoom(among open: Set<Connection>, for newest: Connection, limit: Int) {
        let others = sights(of: open).filter { $0.connection !== newest && $0.standing.activity != .closing }
        guard others.count >= limit else { return }
        // A handler that runs, or has put its answer off, is not the client's doing.
        let idle = others.filter { ![.handler, .pending].contains($0.standing.activity) }
            .sorted { $0.standing.since < $1.standing.since }
        // Whoever has begun something meanwhile stays.
        for (connection, standing) in idle where shutDown(connection, at: standing) { return }
    }

    /// Whether one more request may be in flight. Where all places are taken, a response makes room.
    private func makePlace(for asker: Connection, in open: Set<Connection>) -> Bool {
        let counted = sights(of: open).filter { $0.connection !== asker && $0.standing.isCounted }
        guard counted.count >= limits.requests else { return true }
        guard let (slowest, standing) = slowest(of: counted, for: asker.client) else { return false }
        // Where that is no longer what it is at, it has ended, and there is room as well.
        shutDown(slowest, at: standing)
        return true
    }

    /// The response that has to go for a request of this client, the oldest of the first kind of which there is any: one of
    /// the client that has most places, if it then still has as many as the one that asks; one of its own that it takes
    /// nothing of; one that has long not been taken, of a client that has no fewer places.
    private func slowest(of counted: [Sight], for client: ClientAddress) -> Sight? {
        let places = counted.reduce(into: [:]) { $0[$1.connection.client, default: 0] += 1 }
        let own = places[client] ?? 0
        let most = places.values.max() ?? 0
        let patience = limits.responsePatience.nanoseconds
        let now = Uptime.now
        let responses = counted.filter { $0.standing.activity == .answer }.sorted {
            $0.standing.since < $1.standing.since
        }
        return responses.first { most > own + 1 && places[$0.connection.client] == most }
            ?? responses.first { $0.connection.client == client && isStalled($0.connection.socket) }
            ?? responses.first { $0.standing.since + patience < now && places[$0.connection.client, default: 0] >= own }
    }

    /// Shuts down a connection if it is at that still; under the lock of `open`, because a connection leaves the table under
    /// it before its socket is closed.
    @discardableResult
    private func shutDown(_ connection: Connection, at standing: Standing) -> Bool {
        guard connection.begin(Standing(.closing, since: .now), after: standing) else { return false }
        if standing.activity == .answer {
            // The system would keep what it has buffered of the response until the client takes it.
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        }
        shutdown(connection.socket, Int32(SHUT_RDWR))
        return true
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
