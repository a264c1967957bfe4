internal import CommsAPI
package import Configuration
@preconcurrency internal import Dispatch
internal import HTTPClient
internal import HTTPServer
internal import Ledger
package import Logging
internal import Metrics
internal import Operations
internal import Polling
internal import Web

/// The parts of the exporter, joined: a poller that writes to the ledger and publishes, a server that shows what is
/// published. One per process; started and stopped by `main`.
package final class RunningExporter {
    private let configuration: Configuration
    private let log: Logger
    private let published: Published
    private let poller: Poller
    private var server: Server?
    private var polling: (task: Task<Void, Never>, ended: DispatchSemaphore)?

    /// Opens the ledger. Throws a `LedgerError` where that cannot be done, an `HTTPClientError` where there is no thread
    /// to be had.
    package init(_ configuration: Configuration, log: Logger) throws {
        self.configuration = configuration
        self.log = log
        let credentials = configuration.credentials
        let owner = LedgerOwner(
            account: configuration.account, resource: configuration.resource.name, accountSID: credentials.accountSID)
        let ledger = try Ledger(folder: configuration.storagePath, owner: owner)
        if let recovery = ledger.recovery {
            log.error("\(recovery)", metadata: ["kept_as": "\(recovery.setAside)"])
        }
        let published = Published(
            initial: [
                AccountSnapshot(
                    account: configuration.account, resource: configuration.resource, health: PollHealth(),
                    ledger: ledger.state, reading: ledger.readingInForce)
            ], configuredAt: .wallClock())
        self.published = published
        let journal = RequestJournal()
        let client = CommsClient(
            baseURL: configuration.baseURL, credentials: { credentials.current },
            userAgent: "\(Build.name)/\(Build.version)", http: try HTTPClient(), observe: journal.note)
        poller = Poller(
            account: configuration.account, resource: configuration.resource, client: client, journal: journal,
            ledger: ledger, plan: configuration.plan, log: log, publish: published.publish)
    }

    /// Polls once and returns the exposition with whether the poll succeeded.
    package func pollOnce() async -> (exposition: [UInt8], succeeded: Bool) {
        let failure = await poller.poll()
        return (published.exposition(), failure == nil)
    }

    /// Listens, then polls in the background until `stop`. Throws a `ServerError` where an address cannot be used,
    /// a `FileLimitError` where the system allows too few open files.
    package func start() throws {
        let routes = Routes(published: published, telemetryPath: configuration.telemetryPath)
        var limits = ServerLimits()
        limits.connections = try FileLimit.connections(
            wanted: limits.connections, listeners: configuration.listenAddresses.count, limit: FileLimit.raise())
        let server = try Server(listening: configuration.listenAddresses, limits: limits) { routes.respond(to: $0) }
        self.server = server
        for socket in server.sockets {
            log.info("listening", metadata: ["address": "\(socket.address)", "port": "\(socket.port)"])
        }
        let ended = DispatchSemaphore(value: 0)
        let poller = poller
        let task = Task.detached {
            await poller.run()
            ended.signal()
        }
        polling = (task, ended)
    }

    /// Ends the poll in flight, its commit included, and lets scrapes in flight finish; takes at most 4 seconds.
    package func stop() {
        polling?.task.cancel()
        _ = polling?.ended.wait(timeout: .now() + 3)
        server?.stop(drain: .seconds(1))
    }
}
