internal import Exposition
internal import Locking
internal import Metrics
package import Operations
package import Polling

/// What the scrapes see: the last snapshot of every account. Safe from any thread; nobody waits for a poll here.
package final class Published: Sendable {
    private struct State {
        var snapshots: [AccountSnapshot]
        /// How often something was published, and as of which time `bytes` show it.
        var version = 0
        var encodedVersion = 0
        var bytes: [UInt8]
        /// The running configuration, without secrets.
        var configuration = ""
    }

    private let state: Locked<State>
    private let configuration: Locked<ConfigurationMetrics>

    /// `initial` has one snapshot for each account and resource, in the order they are exposed in; `configuredAt` is
    /// when the configuration was read; `shard`, from 0, is the part of all accounts that these are.
    package init(initial: [AccountSnapshot], configuredAt: Timestamp, shard: Int = 0, shards: Int = 1) {
        configuration = Locked(ConfigurationMetrics(configuredAt: configuredAt, shard: shard, shards: shards))
        state = Locked(State(snapshots: initial, bytes: Self.encoded(initial)))
    }

    /// Puts a snapshot in place of the last one of the same account and resource. Encodes it here, so that a scrape only
    /// copies bytes, and outside the lock, so that no scrape waits for it.
    package func publish(_ snapshot: AccountSnapshot) {
        let (snapshots, version) = state.withLock { state in
            for index in state.snapshots.indices
            where state.snapshots[index].account == snapshot.account
                && state.snapshots[index].resource == snapshot.resource
            {
                state.snapshots[index] = snapshot
            }
            state.version += 1
            return (state.snapshots, state.version)
        }
        encode(snapshots, version)
    }

    private func encode(_ snapshots: [AccountSnapshot], _ version: Int) {
        let bytes = Self.encoded(snapshots)
        state.withLock { state in
            guard state.encodedVersion < version else { return }
            (state.encodedVersion, state.bytes) = (version, bytes)
        }
    }

    /// Shows these accounts and resources from now on, in this order: as they were last published, or where they have been
    /// `added`, as given there. What is published of any other is not shown. `configuration` is the text for `/config`.
    package func show(
        _ accounts: [(name: String, resource: Resource)], adding added: [AccountSnapshot], configuration: String
    ) {
        let (snapshots, version) = state.withLock { state in
            let known = state.snapshots + added
            state.snapshots = accounts.compactMap { account in
                known.first { $0.account == account.name && $0.resource == account.resource }
            }
            state.configuration = configuration
            state.version += 1
            return (state.snapshots, state.version)
        }
        encode(snapshots, version)
    }

    /// Notes that the configuration was read again; `success` is when, and nil where it changed nothing.
    package func noteReload(success: Timestamp?) {
        configuration.withLock { $0.noteReload(success: success) }
    }

    /// The last snapshot of each account and resource, in the order they are exposed in.
    var snapshots: [AccountSnapshot] { state.withLock { $0.snapshots } }

    /// The running configuration as YAML, without secrets.
    package var configurationText: String { state.withLock { $0.configuration } }

    /// Whether every account has finished a first poll or failed one.
    package var isReady: Bool {
        state.withLock { $0.snapshots.allSatisfy(\.health.hasPolled) }
    }

    /// The exposition as of now, in text format.
    package func exposition() -> [UInt8] {
        var encoder = TextEncoder()
        for family in [Build.family] + configuration.withLock(\.families) + ProcessMetrics.families() {
            encoder.append(family)
        }
        return state.withLock { $0.bytes } + encoder.bytes
    }

    private static func encoded(_ snapshots: [AccountSnapshot]) -> [UInt8] {
        var encoder = TextEncoder()
        for family in MetricCatalog.families(snapshots) { encoder.append(family) }
        return encoder.bytes
    }
}
