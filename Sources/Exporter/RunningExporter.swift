package import Configuration
internal import HTTPServer
package import Logging
internal import Operations
internal import Polling
internal import Systemd
internal import Web

/// The parts of the exporter, joined: accounts that are polled, and a server that shows what is published of them. One per
/// process; started and stopped by `main`.
package final class RunningExporter {
    private let configuration: Configuration
    private let web: WebFront
    private let log: Logger
    private let published: Published
    private let accounts: RunningAccounts
    /// Those that wait for the server; none where nothing is to be served.
    private let sockets: [ListeningSocket]
    /// For SIGHUP; `/-/reload` is served.
    package let reload: Reload
    private var server: Server?
    private var heartbeat: Heartbeat?

    /// Listens, if it is to serve, and then opens the ledgers: a start that fails for an address changes nothing on the disk.
    /// `reread` gives the configuration as it is now, for a reload; `droppedLogLines` the number of log lines lost so far.
    /// Throws a `ServerError` where an address cannot be used, a `PassedSocketsError` where systemd's sockets cannot, a
    /// `LedgerError` where a ledger cannot be opened, an `HTTPClientError` where there is no thread to be had.
    package init(
        _ configuration: Configuration, web: WebFront, serves: Bool,
        reread: @escaping @Sendable () throws(ConfigurationError) -> Configuration, log: Logger,
        droppedLogLines: @escaping @Sendable () -> Int64
    ) throws {
        sockets = serves ? try Self.sockets(for: configuration) : []
        self.configuration = configuration
        self.web = web
        self.log = log
        published = Published(
            initial: [], configuredAt: .wallClock(), shard: configuration.shard.index,
            shards: configuration.shard.count, droppedLogLines: droppedLogLines)
        accounts = RunningAccounts(storagePath: configuration.storagePath, published: published, log: log)
        reload = Reload(reread, web: web, accounts: accounts, published: published, log: log)
        try accounts.match(configuration)
        for warning in configuration.warnings { log.warning("\(warning)") }
        warnOfHiddenAccounts()
    }

    /// Takes the sockets that systemd has passed, before there are threads, or listens on the addresses.
    private static func sockets(for configuration: Configuration) throws -> [ListeningSocket] {
        guard configuration.usesSystemdSockets else {
            return try ListeningSocket.open(configuration.listenAddresses)
        }
        return try PassedSockets.take().map { ListeningSocket(adopting: $0) }
    }

    private func warnOfHiddenAccounts() {
        let names = configuration.accounts.filter(\.credentials.hidesAccount).map(\.name)
        guard !names.isEmpty else { return }
        log.warning(
            """
            an API key has no account SID beside it, so another account's key would not be noticed, and would count in the \
            same ledger; set account_sid, or TWILIO_ACCOUNT_SID
            """,
            metadata: ["accounts": "\(names.joined(separator: ","))"])
    }

    /// Polls each account once and returns the exposition with whether all of these polls succeeded.
    package func pollOnce() async -> (exposition: [UInt8], succeeded: Bool) {
        let succeeded = await withTaskGroup { group in
            for poller in accounts.pollers { group.addTask { await poller.poll() == nil } }
            return await group.reduce(true) { $0 && $1 }
        }
        return (published.exposition(), succeeded)
    }

    /// Serves, then polls in the background until `stop`. Throws a `ServerError` where there are no threads to be had, a
    /// `FileLimitError` where the system allows too few open files.
    package func start() throws {
        let server = try serve()
        self.server = server
        web.follow(server)
        for socket in server.sockets {
            log.info(
                "listening",
                metadata: ["address": "\(socket.address)", "port": "\(socket.port)", "tls": "\(web.tls != nil)"])
        }
        accounts.start()
        heartbeat = ServiceManager().map {
            Heartbeat($0, server: server, published: published, log: log)
        }
        heartbeat?.start()
    }

    private func serve() throws -> Server {
        let routes = Routes(
            published: published, telemetryPath: configuration.telemetryPath, reload: reload.request(of:telling:))
        let answer = { @Sendable [web, respond = routes.respond] in web.answer($0, respond) }
        let listeners = sockets.count
        let fileLimit = FileLimit.raise()
        var limits = ServerLimits()
        limits.connections = try FileLimit.connections(
            wanted: limits.connections, listeners: listeners, accounts: configuration.accounts.count, limit: fileLimit)
        limits.requests = configuration.maxRequests
        accounts.allow(
            atMost: FileLimit.accounts(connections: limits.connections, listeners: listeners, limit: fileLimit))
        return try Server(sockets: sockets, limits: limits, tls: web.tls, answering: answer)
    }

    /// Ends the poll in flight, its commit included, and lets scrapes in flight finish; takes at most 3.75 seconds: half a
    /// second for the service manager, 2.25 for the polls, one for the scrapes.
    package func stop() {
        heartbeat?.stop()
        accounts.stop(within: .milliseconds(2250))
        reload.stop()
        web.stop()
        server?.stop(drain: .seconds(1))
    }
}
