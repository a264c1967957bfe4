internal import Exposition
internal import Locking
package import Operations
package import Polling

/// What the scrapes see: the last snapshot of every account. Safe from any thread; nobody waits for a poll here.
package final class Published: Sendable {
    private struct State {
        var snapshots: [AccountSnapshot]
        /// Grows with every change, so that an encoded exposition knows what it shows.
        var version = 0
        var encoded: (version: Int, bytes: [UInt8]) = (-1, [])
    }

    private let state: Locked<State>
    private let configurationFamilies: [MetricFamily]

    /// `initial` has one snapshot for each account and resource, in the order they are exposed in; `configuredAt` is
    /// when the configuration was read.
    package init(initial: [AccountSnapshot], configuredAt: Timestamp) {
        configurationFamilies = Self.families(configuredAt: configuredAt)
        state = Locked(State(snapshots: initial))
    }

    /// Puts a snapshot in place of the last one of the same account and resource.
    package func publish(_ snapshot: AccountSnapshot) {
        state.withLock { state in
            let index = state.snapshots.firstIndex {
                $0.account == snapshot.account && $0.resource == snapshot.resource
            }
            guard let index else { return }
            state.snapshots[index] = snapshot
            state.version += 1
        }
    }

    /// Whether every account has finished a first poll or failed one.
    package var isReady: Bool {
        state.withLock { $0.snapshots.allSatisfy(\.health.hasPolled) }
    }

    /// The exposition as of now, in text format. What the accounts say is encoded once per change.
    package func exposition() -> [UInt8] {
        var encoder = TextEncoder()
        for family in [Build.family] + configurationFamilies + ProcessMetrics.families() { encoder.append(family) }
        return accountBytes() + encoder.bytes
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

    private func accountBytes() -> [UInt8] {
        let (snapshots, version, encoded) = state.withLock { ($0.snapshots, $0.version, $0.encoded) }
        guard encoded.version != version else { return encoded.bytes }
        // Outside the lock, so that a poll never waits for an encoder.
        var encoder = TextEncoder(reserving: encoded.bytes.count)
        for family in MetricCatalog.families(snapshots) { encoder.append(family) }
        let bytes = encoder.bytes
        state.withLock { if $0.encoded.version < version { $0.encoded = (version, bytes) } }
        return bytes
    }
}
