import Operations
import TestSupport
import Testing

extension Samples {
    /// The counters of the ledger, which no restart may set back.
    var ledgerCounters: [String: Double] {
        let names = [
            "operations_", "messages_total", "recipients_total", "attempts_total", "message_outcomes_total",
            "operation_duration_seconds", "coverage_gap_", "expired_unfinished_", "stat_regressions_",
            "ledger_recoveries_",
        ]
        return bySeries.filter { series in names.contains { series.key.hasPrefix("twilio_comms_" + $0) } }
    }

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
        let birth = Timestamp(milliseconds: Int64((self[TruthTests.birth] ?? 0) * 1000))
        try await expectTruth(of: simulator, birth: birth.description, sourceLocation: sourceLocation)
    }
}
