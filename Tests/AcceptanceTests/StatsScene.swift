import Glibc
import Operations
import TestSupport
import Testing

/// An exporter that polls a `StatsWorld` every second, across its lives on one ledger.
final class StatsScene {
    let world: StatsWorld
    private let file: AccountsFile
    private(set) var exporter: ExporterProcess

    /// Starts when the world has what is older than the ledger, and lets the world begin at the ledger's birth. `sweeps` and
    /// `reading` are as in the configuration file.
    init(_ world: StatsWorld, sweeps: String = "{}", reading: String = "auto") async throws {
        self.world = world
        file = try AccountsFile()
        try file.write(
            .init(
                name: "default", baseURL: world.baseURL,
                more: "stats_reading: \(reading), poll: {requests_per_second: 1000, sweeps: \(sweeps)}"))
        exporter = try await file.start()
        world.begin(at: try await afterFirstPoll().birth)
    }

    convenience init() async throws {
        try await self.init(StatsWorld())
    }

    /// The samples after polls that have begun after this moment have succeeded.
    func afterPolls(_ count: Double = 1) async throws -> Samples {
        let polls = try await exporter.scrape()[TruthTests.polls] ?? 0
        return try await exporter.scrape(when: "\(count) more polls succeed") {
            // One may be under way.
            $0[TruthTests.polls] ?? 0 >= polls + 1 + count && $0[FaultTests.up] == 1
        }
    }

    /// The samples after a poll of the exporter's present life has succeeded.
    func afterFirstPoll() async throws -> Samples {
        try await exporter.scrape(when: "a poll succeeds") { $0[FaultTests.up] == 1 }
    }

    /// Kills the exporter in the middle of a poll, and starts it again. Returns what it logged.
    @discardableResult
    func kill() async throws -> String {
        world.killInPoll(exporter.program.processID)
        let end = await exporter.program.wait()
        #expect(end.status == SIGKILL)
        exporter = try await file.start()
        return end.errors
    }

    /// Ends the exporter in order, and starts it again. Returns what it logged.
    @discardableResult
    func restart() async throws -> String {
        let end = await exporter.program.end()
        #expect(end.status == 0)
        exporter = try await file.start()
        return end.errors
    }

    /// Expects these counters and gauges after the next poll, after a restart, and after a kill.
    func expectTruth(
        _ counters: Stats, _ window: [OperationStatus: Stats], reading: StatsReading = .cumulative,
        contradictions: Double = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for life in ["now", "after a restart", "after a kill"] {
            if life == "after a restart" { try await restart() }
            if life == "after a kill" { try await kill() }
            let samples = life == "now" ? try await afterPolls() : try await afterFirstPoll()
            samples.expectCounters(counters, life, sourceLocation: sourceLocation)
            samples.expectWindow(window, life, sourceLocation: sourceLocation)
            samples.expectReading(reading, contradictions: contradictions, life, sourceLocation: sourceLocation)
        }
    }
}

extension Samples {
    private static let outcomes: [Stat] = [.sent, .delivered, .read, .undelivered, .unaddressable, .failed, .canceled]

    /// Expects all counters of messages to be these; those not named to be 0. No stat has fallen.
    func expectCounters(_ truth: Stats, _ when: String = "", sourceLocation: SourceLocation = #_sourceLocation) {
        var expected = [
            series("messages_total"): truth[.total] ?? 0, series("recipients_total"): truth[.recipients] ?? 0,
            series("attempts_total"): truth[.attempts] ?? 0,
        ]
        for stat in Self.outcomes {
            expected[series("message_outcomes_total", "outcome=\"\(stat)\"")] = truth[stat] ?? 0
        }
        for stat in Self.outcomes + [.total, .recipients, .attempts] {
            expected[series("stat_regressions_total", "stat=\"\(stat)\"")] = 0
        }
        expect(expected, when, sourceLocation)
    }

    /// Expects the gauges of all statuses to be these; those not named to be 0.
    func expectWindow(
        _ truth: [OperationStatus: Stats], _ when: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var expected: [String: Int64] = [:]
        for status in OperationStatus.allCases {
            let stats = truth[status] ?? Stats()
            let label = "status=\"\(status.label)\""
            expected[series("window_submitted_messages", label)] = stats[.total] ?? 0
            expected[series("window_recipients", label)] = stats[.recipients] ?? 0
            expected[series("window_attempts", label)] = stats[.attempts] ?? 0
            for stat in Self.outcomes + [.scheduled, .queued] {
                expected[series("window_messages", "\(label),outcome=\"\(stat)\"")] = stats[stat] ?? 0
            }
        }
        expect(expected, when, sourceLocation)
    }

    /// Expects open looks to be read so, and so many operations to have contradicted themselves.
    func expectReading(
        _ reading: StatsReading, contradictions: Double = 0, _ when: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for each in StatsReading.allCases {
            let value = self[series("stats_reading", "reading=\"\(each.rawValue)\"")]
            #expect(value == (each == reading ? 1 : 0), "\(when): \(each)", sourceLocation: sourceLocation)
        }
        #expect(
            self[series("stats_contradictions_total")] == contradictions, "\(when)", sourceLocation: sourceLocation)
    }

    private func expect(_ expected: [String: Int64], _ when: String, _ sourceLocation: SourceLocation) {
        for (series, value) in expected {
            #expect(self[series] == Double(value), "\(when): \(series)", sourceLocation: sourceLocation)
        }
    }
}
