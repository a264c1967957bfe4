internal import Exposition
internal import HTTPServer
internal import Metrics
internal import Operations

/// The families of the exporter itself: its build, its configuration, its log, its process.
struct OwnMetrics {
    /// For how long a look at the process serves, in nanoseconds: one takes the time of ten scrapes.
    private static let lifetime: UInt64 = 1_000_000_000

    private var configuration: ConfigurationMetrics
    private let began: Timestamp
    private let droppedLogLines: @Sendable () -> Int64
    private var process: [MetricFamily] = []
    private var nextLook: Uptime?

    /// `droppedLogLines` gives the number of log lines lost since `began`.
    init(_ configuration: ConfigurationMetrics, began: Timestamp, droppedLogLines: @escaping @Sendable () -> Int64) {
        self.configuration = configuration
        self.began = began
        self.droppedLogLines = droppedLogLines
    }

    var families: [MetricFamily] { [Build.family] + configuration.families + process }

    mutating func noteReload(success: Timestamp?) {
        configuration.noteReload(success: success)
    }

    /// Looks at the process, unless that was done less than a second before. Returns when it is due next.
    mutating func refresh(at now: Uptime = .lately) -> Uptime {
        if let nextLook, now < nextLook { return nextLook }
        process = [LogMetrics.family(dropped: droppedLogLines(), since: began)] + ProcessMetrics.families()
        let next = now + Self.lifetime
        nextLook = next
        return next
    }
}
