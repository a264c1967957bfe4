/// One connection: whose it is, what it started with, and what it is at. libmicrohttpd keeps it to the connection's end.
final class Connection: @unchecked Sendable {
    // Proof for @unchecked: the constants are Sendable; `standing` is touched only by `Connections`, under its lock, and
    // `headers` and `exchange` only by the thread that serves the connection, of which there is one at a time.
    enum Activity {
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

    /// What a connection is at.
    struct Standing {
        private(set) var activity = Activity.asking
        /// When `activity` began.
        private(set) var since: ContinuousClock.Instant
        /// libmicrohttpd's own timeout is one of inactivity: a client that sends a byte now and then is never closed.
        /// Nil while the handler runs, which takes its time.
        private(set) var deadline: ContinuousClock.Instant?
        /// Whether its request is one of those that `ServerLimits.requests` counts.
        var isCounted = false

        /// At the start.
        init(deadline limit: Duration) {
            since = .now
            deadline = since + limit
        }

        /// What is being closed stays so, whatever libmicrohttpd still has to say of it.
        mutating func begin(_ activity: Activity, deadline limit: Duration?) {
            guard self.activity != .closing else { return }
            self.activity = activity
            since = .now
            deadline = limit.map { since + $0 }
        }

        func isOverdue(at now: ContinuousClock.Instant) -> Bool {
            deadline.map { $0 <= now } ?? false
        }
    }

    let socket: Int32
    let client: ClientAddress
    /// What it started with; nil without TLS.
    let tls: TLSContext?
    var standing: Standing
    /// Those of the last request; one after the other takes the same room.
    var headers = RequestHeaders()
    var exchange = Exchange()

    init(_ socket: Int32, from client: ClientAddress, tls: TLSContext?, deadline: Duration) {
        self.socket = socket
        self.client = client
        self.tls = tls
        standing = Standing(deadline: deadline)
    }
}

/// One request and its response, from the first callback to the completion.
struct Exchange {
    var bodySize = 0
    /// What the connection waits, or has waited, for.
    var pending: PendingAnswer?
}

extension Connection: Hashable {
    static func == (one: Connection, other: Connection) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
