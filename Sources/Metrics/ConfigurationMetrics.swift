package import Exposition
package import Operations

/// What the exporter says of its own configuration: when it was read, and which part of all accounts it has.
package struct ConfigurationMetrics: Equatable, Sendable {
    private var lastReloadSuccessful = true
    private var lastSuccess: Timestamp
    private let shard: Int
    private let shards: Int

    /// `configuredAt` is when the configuration was read first, which succeeded in a process that runs.
    package init(configuredAt: Timestamp, shard: Int, shards: Int) {
        lastSuccess = configuredAt
        self.shard = shard
        self.shards = shards
    }

    /// Notes that the configuration was read again; `success` is when, and nil where it had a fault and changed nothing.
    package mutating func noteReload(success: Timestamp?) {
        lastReloadSuccessful = success != nil
        lastSuccess = success ?? lastSuccess
    }

    package var families: [MetricFamily] {
        let prefix = "twilio_comms_exporter_"
        return [
            MetricFamily(
                prefix + "config_last_reload_successful", .gauge,
                "1 if the configuration was last read without a fault.", [Series([], .flag(lastReloadSuccessful))]),
            MetricFamily(
                prefix + "config_last_reload_success_timestamp_seconds", .gauge,
                "When the configuration was last read without a fault.", [Series([], .double(lastSuccess.seconds))]),
            MetricFamily(
                prefix + "shard_info", .info,
                "1; which shard of all accounts this exporter has, from 0, and how many shards there are.",
                [Series([Label("shard", String(shard)), Label("shards", String(shards))], .flag(true))]),
        ]
    }
}
