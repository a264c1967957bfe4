import Operations
import TestSupport
import Testing

extension Samples {
    /// What a process counts of itself begins at 0 with it; the README calls all other counters the ledger's.
    private static let countedByProcess = [
        "process_cpu_seconds", "twilio_comms_polls", "twilio_comms_poll_failures", "twilio_comms_poll_duration_seconds",
        "twilio_comms_api_requests", "twilio_comms_api_retries", "twilio_comms_api_throttled_seconds",
        "twilio_comms_api_request_duration_seconds", "twilio_comms_invalid_operations",
    ]

    /// The series of counters and histograms, which never fall while a process lives.
    var counters: [String: Double] { bySeries.filter { Self.counterName(of: $0.key) != nil } }

    /// The counters of the ledger, which no restart may set back either.
    var ledgerCounters: [String: Double] {
        bySeries.filter { series, _ in
            Self.counterName(of: series).map { !Self.countedByProcess.contains($0) } ?? false
        }
    }

    /// The name of a counter or histogram without what every such name ends with; nil for other series.
    private static func counterName(of series: String) -> String? {
        let name = String(series.prefix { $0 != "{" })
        let suffix = ["_total", "_count", "_sum", "_bucket"].first { name.hasSuffix($0) }
        return suffix.map { String(name.dropLast($0.count)) }
    }

    /// When the ledger was born; 1970 before.
    var birth: Timestamp { Timestamp(milliseconds: Int64((self[TruthTests.birth] ?? 0) * 1000)) }

    /// Expects that no counter of the ledger is less than it was.
    func expectNoStepBack(from earlier: Samples, sourceLocation: SourceLocation = #_sourceLocation) {
        let now = ledgerCounters
        for (series, value) in earlier.ledgerCounters {
            #expect(now[series] ?? -1 >= value, "\(series)", sourceLocation: sourceLocation)
        }
    }

    /// Expects that these are the numbers the simulator knows to be true. With a baseline, what counters have gained since
    /// is what they should have.
    func expectTruth(
        of simulator: SimulatorProcess, birth: String, since baseline: (exposed: Samples, truth: Samples)? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let truth = try await simulator.truth(birth: birth)
        #expect(truth.bySeries.count == 78, sourceLocation: sourceLocation)
        for (series, value) in truth.bySeries {
            let isCounter = series.contains("_total{")
            let before = isCounter ? (baseline?.exposed[series] ?? 0) - (baseline?.truth[series] ?? 0) : 0
            #expect(self[series] == before + value, "\(series)", sourceLocation: sourceLocation)
        }
        let regressions = bySeries.filter { $0.key.contains("stat_regressions") && $0.value > 0 }
        #expect(regressions.isEmpty, sourceLocation: sourceLocation)
    }

    /// Expects that the numbers are those the simulator knows to be true, by the birth they tell.
    func expectTruth(of simulator: SimulatorProcess, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expectTruth(of: simulator, birth: birth.description, sourceLocation: sourceLocation)
    }
}
