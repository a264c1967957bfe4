internal import Exposition
internal import Metrics
internal import Operations

/// What the exporter says of itself: its build, its configuration, its process.
struct OwnMetrics {
    /// For how long a look at the process serves: one takes the time of ten scrapes.
    private static let lifetime = Duration.seconds(1)

    private var configuration: ConfigurationMetrics
    private var process: [MetricFamily] = []
    private var nextLook: ContinuousClock.Instant?

    init(_ configuration: ConfigurationMetrics) {
        self.configuration = configuration
    }

    var families: [MetricFamily] { [Build.family] + configuration.families + process }

    mutating func noteReload(success: Timestamp?) {
        configuration.noteReload(success: success)
    }

    /// Looks at the process, unless that was done less than a second before. Returns when it is due next.
    mutating func refresh(at now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant {
        if let nextLook, now < nextLook { return nextLook }
        process = ProcessMetrics.families()
        let next = now + Self.lifetime
        nextLook = next
        return next
    }
}
