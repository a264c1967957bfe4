/// What clients may take from a server before it cuts them off.
///
/// The defaults suit an exporter: a few scrapers that keep their connections, small requests, strangers kept at bay.
package struct ServerLimits: Sendable {
    /// Where the handler runs.
    package enum Threads: Sendable {
        /// So many threads for each address, shared by all its connections: a handler that blocks holds up the others on
        /// its thread. One is enough for 100,000 scrapes a second, and two wake each other up.
        case pool(Int)
        /// A thread for each connection: handlers may block, and may not put off an answer that is not there yet:
        /// libmicrohttpd 0.9.75 has one signal for all suspended connections and its own thread, and whoever sees it
        /// first takes it from the others.
        case perConnection

        /// Whether a connection can wait for its answer without holding up a thread.
        var canSuspend: Bool {
            switch self {
            case .pool: true
            case .perConnection: false
            }
        }
    }

    /// Open at a time. Before they are used up, at seven of eight, each further one ends the connection that has longest
    /// neither asked nor been answered.
    package var connections: Int
    /// From one address; each further one ends the oldest of that address in the same way.
    package var connectionsPerClient: Int
    /// Requests that may be in flight, from the end of the request to the end of the response; further ones are answered
    /// with 503, unless a client that has more of these places than the one that asks gives one up, whose response is then
    /// cut off. One that its handler has put off counts no longer. 0 for no limit.
    package var requests = 0
    /// Paths below which requests do not count, and always find a place.
    package var uncountedPaths = "/-/"
    /// A response that its client has not taken for this long gives up its place where all are taken.
    package var responsePatience = Duration.seconds(10)
    /// A connection on which nothing moves is closed after this time; counted in whole seconds, at least one.
    package var idleTimeout: Duration
    /// From the connection, or the end of the idle time after the last response, to the whole request: a client that
    /// drips a byte now and then is never idle and is closed after this time, a second or two late.
    package var requestTimeout: Duration
    /// For a client to take a whole response, however steadily it reads.
    package var responseTimeout: Duration
    /// Bytes for the request line, headers and query; what does not fit is answered with 431 or 414, or by closing the
    /// connection. libmicrohttpd clears all of it after each request, and keeps cookies twice: the default has room for
    /// 8 KiB of them, which is what other servers let pass in a header, and for 2 KiB of the response's own.
    package var memoryPerConnection: Int
    /// Bytes of a request's body, which are read and dropped; a larger one is answered with 413 or closed.
    package var bodySize: Int
    package var threads: Threads

    package init(
        connections: Int = 512, connectionsPerClient: Int = 64, idleTimeout: Duration = .seconds(60),
        requestTimeout: Duration = .seconds(5), responseTimeout: Duration = .seconds(60),
        memoryPerConnection: Int = 20 * 1024, bodySize: Int = 1024 * 1024, threads: Threads = .pool(1)
    ) {
        self.connections = connections
        self.connectionsPerClient = connectionsPerClient
        self.idleTimeout = idleTimeout
        self.requestTimeout = requestTimeout
        self.responseTimeout = responseTimeout
        self.memoryPerConnection = memoryPerConnection
        self.bodySize = bodySize
        self.threads = threads
    }
}
