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
    }

    private let state: Locked<State>
    private let configurationFamilies: [MetricFamily]

    /// `initial` has one snapshot for each account and resource, in the order they are exposed in; `configuredAt` is
    /// when the configuration was read.
    package init(initial: [AccountSnapshot], configuredAt: Timestamp) {
        configurationFamilies = Self.families(configuredAt: configuredAt)
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
        let bytes = Self.encoded(snapshots)
        state.withLock { state in
            guard state.encodedVersion < version else { return }
            (state.encodedVersion, state.bytes) = (version, bytes)
        }
    }

    /// The last snapshot of each account and resource, in the order they are exposed in.
    var snapshots: [AccountSnapshot] { state.withLock { $0.snapshots } }

    /// Whether every account has finished a first poll or failed one.
    package var isReady: Bool {
        state.withLock { $0.snapshots.allSatisfy(\.health.hasPolled) }
    }

    /// The exposition as of now, in text format.
    package func exposition() -> [UInt8] {
        var encoder = TextEncoder()
        for family in [Build.family] + configurationFamilies + ProcessMetrics.families() { encoder.append(family) }
        return state.withLock { $0.bytes } + encoder.bytes
    }

    /// A process that runs has read its configuration, at its start.
    private static func families(configuredAt: Timestamp) -> [MetricFamily] {
        let prefix = "twilio_comms_exporter_config_last_reload_"
        return [
            MetricFamily(
                prefix + "successful", .gauge, "1 if the configuration was last read without a fault.",
                [Series([], .flag(true))]),
            MetricFamily(
                prefix + "success_timestamp_seconds", .gauge, "When the configuration was last read without a fault.",
                [Series([], .double(configuredAt.seconds))]),
        ]
    }

    private static func encoded(_ snapshots: [AccountSnapshot]) -> [UInt8] {
        var encoder = TextEncoder()
        for family in MetricCatalog.families(snapshots) { encoder.append(family) }
        return encoder.bytes
    }
}
