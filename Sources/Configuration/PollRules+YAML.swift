internal import Operations
internal import Polling
internal import StrictYAML

extension PollRules {
    /// Reads a mapping `poll`; what it does not say is as in `base`. An `interval` that is given wins over the mapping's.
    init(_ poll: YAMLMapping, over base: PollRules, interval: Duration?) {
        self = base
        // Read in any case, so that it is right.
        let said = poll.duration("interval", in: Self.intervals)
        plan.interval = interval ?? said ?? plan.interval
        pageSize = poll.integer("page_size", in: 1...1000) ?? pageSize
        plan.concurrency = poll.integer("concurrency", in: 1...Self.mostConcurrent) ?? plan.concurrency
        requestsPerSecond = poll.number("requests_per_second", in: 0.01...1000) ?? requestsPerSecond
        poll.mapping("sweeps") { sweeps in
            for sweep in Sweep.allCases { sweeps.mapping(sweep.rawValue) { read($0, of: sweep) } }
            return ()
        }
        noteGaps(in: poll)
    }

    /// From a second, below which the API would see nothing but us, to an hour.
    static let intervals = Duration.seconds(1)...Duration.seconds(3600)
    /// More lists at a time would only wait for the budget of requests.
    private static let mostConcurrent = 7
    private static let windows = Duration.seconds(60)...Duration.seconds(7 * 86_400)
    private static let cadences = Duration.zero...Duration.seconds(86_400)

    private mutating func read(_ mapping: YAMLMapping, of sweep: Sweep) -> Void? {
        if sweep == .recent { plan.recentWindow = mapping.duration("window", in: Self.windows) ?? plan.recentWindow }
        if sweep == .day { plan.dayWindow = mapping.duration("window", in: Self.windows) ?? plan.dayWindow }
        plan[cadenceOf: sweep] = mapping.duration("every", in: Self.cadences) ?? plan[cadenceOf: sweep]
        return ()
    }

    /// A window shorter than the time to the next look would let operations slip through.
    private func noteGaps(in poll: YAMLMapping) {
        for sweep in [Sweep.recent, .day] {
            let window = plan.window(of: sweep)
            let next = max(plan.interval, plan[cadenceOf: sweep])
            guard window < next else { continue }
            poll.note(
                poll.has("sweeps") ? "sweeps" : "interval",
                "the \(sweep.rawValue) sweep would look back \(window.text) every \(next.text) and miss what is between"
            )
        }
    }
}

extension YAMLMapping {
    /// A duration as the ecosystem writes it.
    func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
        value(key, "a duration from \(range.lowerBound.text) to \(range.upperBound.text), like 30s or 1m30s") { text in
            Duration(text: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// `auto` is nil inside; nil outside is a key that is absent or wrong.
    func reading(_ key: String) -> StatsReading?? {
        value(key, "auto, exclusive or cumulative") { text in
            if text == "auto" { return .some(nil) }
            return StatsReading(rawValue: text).map { .some($0) }
        }
    }
}
