internal import Exposition
internal import Metrics
internal import Operations

/// What the exporter says of itself: its build, its configuration, its process.
struct OwnMetrics {
    /// For how long a look at the process serves, which takes as long as ten scrapes do.
    private static let lifetime = Duration.seconds(1)

    private var configuration: ConfigurationMetrics
    private var process: [MetricFamily] = []
    private var lookedAt: ContinuousClock.Instant?
    /// How often something has changed.
    private(set) var version = 0

    init(_ configuration: ConfigurationMetrics) {
        self.configuration = configuration
    }

    var families: [MetricFamily] { [Build.family] + configuration.families + process }

    mutating func noteReload(success: Timestamp?) {
        configuration.noteReload(success: success)
        version += 1
    }

    /// Looks at the process, unless that was done less than a second before.
    mutating func refresh(at now: ContinuousClock.Instant = .now) {
        guard lookedAt.map({ now - $0 >= Self.lifetime }) ?? true else { return }
        process = ProcessMetrics.families()
        lookedAt = now
        version += 1
    }
}
