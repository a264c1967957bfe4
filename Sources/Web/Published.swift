package import Exposition
internal import Gzip
internal import HTTPServer
internal import Locking
internal import Metrics
package import Operations
package import Polling
internal import Synchronization

/// What the scrapes see: the last snapshot of every account. Safe from any thread; nobody waits for a poll here.
package final class Published: Sendable {
    struct State {
        var snapshots: [AccountSnapshot]
        /// What the snapshots come to, in each syntax that was asked for since they changed.
        var plain: [ExpositionSyntax: [UInt8]] = [:]
        var compressed: [ExpositionSyntax: Deflated] = [:]
        /// The running configuration, without secrets.
        var configuration = ""

        mutating func forgetEncoded() {
            (plain, compressed) = ([:], [:])
        }
    }

    /// Which exposition is the present one: until its end, all are equal.
    struct Edition: Equatable, Sendable {
        fileprivate let version: Int
        /// When the process is to be looked at again.
        fileprivate let end: Uptime
    }

    let state: Locked<State>
    /// How often something was published, or read again; looked at by every scrape, without a lock. What is published raises
    /// it under the lock of `state`.
    private let version = Atomic(0)
    private let own: Locked<OwnMetrics>

    /// `initial` has one snapshot for each account and resource, in the order they are exposed in; `configuredAt` is
    /// when the configuration was read; `shard`, from 0, is the part of all accounts that these are; `droppedLogLines` gives
    /// the number of log lines lost since then.
    package init(
        initial: [AccountSnapshot], configuredAt: Timestamp, shard: Int = 0, shards: Int = 1,
        droppedLogLines: @escaping @Sendable () -> Int64 = { 0 }
    ) {
        own = Locked(
            OwnMetrics(
                ConfigurationMetrics(configuredAt: configuredAt, shard: shard, shards: shards), began: configuredAt,
                droppedLogLines: droppedLogLines))
        state = Locked(State(snapshots: initial))
    }

    /// Puts a snapshot in place of the last one of the same account and resource.
    package func publish(_ snapshot: AccountSnapshot) {
        state.withLock { state in
            for index in state.snapshots.indices
            where state.snapshots[index].account == snapshot.account
                && state.snapshots[index].resource == snapshot.resource
            {
                state.snapshots[index] = snapshot
            }
            noteChange(&state)
        }
    }

    /// Shows these accounts and resources from now on, in this order: as they were last published, or where they have been
    /// `added`, as given there. What is published of any other is not shown. `configuration` is the text for `/config`.
    package func show(
        _ accounts: [(name: String, resource: Resource)], adding added: [AccountSnapshot], configuration: String
    ) {
        state.withLock { state in
            let known = state.snapshots + added
            state.snapshots = accounts.compactMap { account in
                known.first { $0.account == account.name && $0.resource == account.resource }
            }
            state.configuration = configuration
            noteChange(&state)
        }
    }

    /// Notes that the configuration was read again; `success` is when, and nil where it changed nothing.
    package func noteReload(success: Timestamp?) {
        own.withLock { own in
            own.noteReload(success: success)
            version.add(1, ordering: .releasing)
        }
    }

    /// The running configuration as YAML, without secrets.
    package var configurationText: String { state.withLock { $0.configuration } }

    /// The last snapshot of each account and resource, in the order they are exposed in.
    var snapshots: [AccountSnapshot] { state.withLock { $0.snapshots } }

    /// Whether every account has finished a first poll or failed one.
    package var isReady: Bool {
        state.withLock { $0.snapshots.allSatisfy(\.health.hasPolled) }
    }

    /// For how many accounts and resources the last poll succeeded, and how many there are.
    package var upCount: (up: Int, all: Int) {
        state.withLock { ($0.snapshots.count(where: \.health.lastPollSucceeded), $0.snapshots.count) }
    }

    /// The present one. Looks at the process where the last look is a second old.
    var edition: Edition {
        let version = version.load(ordering: .acquiring)
        return Edition(version: version, end: own.withLock { $0.refresh() })
    }

    /// Whether it still is; costs less than to ask for the present one.
    func isPresent(_ edition: Edition) -> Bool {
        edition.version == version.load(ordering: .acquiring) && .lately < edition.end
    }

    /// The exposition as of now. What the accounts say is encoded by the first who asks for it after it changed.
    package func exposition(_ syntax: ExpositionSyntax = .text) -> [UInt8] {
        plain(syntax) + current(syntax)
    }

    /// The exposition as of now in gzip, of which the accounts' part is compressed once after it changed. Nil where there is
    /// no memory for that.
    package func compressedExposition(_ syntax: ExpositionSyntax) -> [UInt8]? {
        kept(\.compressed, syntax) { _ in Deflated(plain(syntax)) }?.gzip(then: current(syntax))
    }

    /// Under the lock of `state`.
    private func noteChange(_ state: inout State) {
        state.forgetEncoded()
        version.add(1, ordering: .releasing)
    }

    private func plain(_ syntax: ExpositionSyntax) -> [UInt8] {
        kept(\.plain, syntax) { syntax.encoded(MetricCatalog.families($0)) } ?? []
    }

    /// What is kept of the present snapshots, or is made of them now: outside the lock, so that nobody waits for it.
    private func kept<Part: Sendable>(
        _ parts: WritableKeyPath<State, [ExpositionSyntax: Part]>, _ syntax: ExpositionSyntax,
        make: ([AccountSnapshot]) -> Part?
    ) -> Part? {
        let (kept, snapshots, version) = state.withLock {
            ($0[keyPath: parts][syntax], $0.snapshots, self.version.load(ordering: .relaxed))
        }
        if let kept { return kept }
        guard let part = make(snapshots) else { return nil }
        state.withLock { state in
            if self.version.load(ordering: .relaxed) == version { state[keyPath: parts][syntax] = part }
        }
        return part
    }

    /// What the exporter says of itself, and the end.
    private func current(_ syntax: ExpositionSyntax) -> [UInt8] {
        let families = own.withLock { own in
            _ = own.refresh()
            return own.families
        }
        return syntax.encoded(families) + syntax.end
    }
}
