import HTTPServer
import Locking
import Operations
import TestSupport
import Testing

/// Several accounts in one exporter: each is right, and none is another's trouble.
@Suite(.fewAtATime) struct AccountsTests {
    /// Expects that an account's series of a resource are what its simulator knows to be true.
    private func expectTruth(
        _ samples: Samples, of simulator: SimulatorProcess, account: String, resource: String = "messages",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let born = samples[series("ledger_birth_timestamp_seconds", account: account, resource: resource)] ?? 0
        let birth = Timestamp(milliseconds: Int64(born * 1000)).description
        let truth = try await simulator.truth(birth: birth, account: account, resource: resource)
        #expect(truth.bySeries.count == ["messages": 78, "emails": 72, "push_notifications": 72][resource])
        for (series, value) in truth.bySeries {
            #expect(samples[series] == value, "\(series)", sourceLocation: sourceLocation)
        }
    }

    private func simulator(seed: Int) async throws -> SimulatorProcess {
        try await SimulatorProcess([
            "--rate=600", "--pace=120", "--history=1d", "--history-rate=20", "--seed=\(seed)",
        ])
    }

    private static func settled(_ samples: Samples, account: String, resource: String = "messages") -> Double {
        samples[series("sweep_last_success_timestamp_seconds", #"sweep="week""#, account: account, resource: resource)]
            ?? 0
    }

    /// Lets the worlds stand still and the exporter list all of them once more.
    private func standStill(
        _ simulators: [SimulatorProcess], _ file: AccountsFile, _ exporter: ExporterProcess
    ) async throws -> ExporterProcess {
        for simulator in simulators { try await simulator.set("frozen=true") }
        #expect(await exporter.program.end().status == 0)
        return try await file.start()
    }

    @Test("every resource of every account is what its API knows to be true, with the series it can have")
    func truth() async throws {
        let file = try AccountsFile()
        let simulators = [try await simulator(seed: 1), try await simulator(seed: 2)]
        try file.write(
            .init(
                name: "marketing", baseURL: simulators[0].baseURL,
                more: "resources: [messages, emails, push_notifications], poll: {requests_per_second: 100}"),
            .init(name: "support", baseURL: simulators[1].baseURL, more: "stats_reading: exclusive"))
        var exporter = try await file.start()
        let places = [
            ("marketing", "messages"), ("marketing", "emails"), ("marketing", "push_notifications"),
            ("support", "messages"),
        ]
        _ = try await exporter.scrape(when: "operations come") { samples in
            places.allSatisfy { (samples[series("operations_seen_total", account: $0, resource: $1)] ?? 0) > 10 }
        }
        exporter = try await standStill(simulators, file, exporter)
        let samples = try await exporter.scrape(when: "all is listed") { samples in
            places.allSatisfy { Self.settled(samples, account: $0, resource: $1) > 0 }
        }
        for (account, resource) in places {
            let simulator = simulators[account == "support" ? 1 : 0]
            try await expectTruth(samples, of: simulator, account: account, resource: resource)
        }
        let names = samples.bySeries.keys
        #expect(
            names.contains(
                series("message_outcomes_total", #"outcome="opened""#, account: "marketing", resource: "emails")))
        #expect(!names.contains { $0.contains("emails") && ($0.contains("unaddressable") || $0.contains("\"read\"")) })
        #expect(!names.contains { $0.contains("push") && ($0.contains("\"opened\"") || $0.contains("\"read\"")) })
        #expect(names.filter { $0.contains("resource=\"messages\"") && $0.contains("stat_regressions") }.count == 20)
        #expect(names.filter { $0.contains("resource=\"emails\"") && $0.contains("stat_regressions") }.count == 9)
        #expect(await exporter.program.end().status == 0)
    }

    enum Trouble: String, CaseIterable {
        case refused, hanging, unreachable, broken
    }

    @Test(
        "an account in trouble is down by itself, and the other is polled on time and true", arguments: Trouble.allCases
    )
    func trouble(_ trouble: Trouble) async throws {
        let (file, port) = (try AccountsFile(), try SilentPort())
        let good = try await simulator(seed: 1)
        let bad = try await simulator(seed: 2)
        switch trouble {
        case .refused: try await bad.set("fault=401")
        case .hanging: try await bad.set("hang=3600")
        case .broken: try await bad.set("fault=500")
        case .unreachable: break
        }
        let badURL = trouble == .unreachable ? "http://127.0.0.1:\(port.port)" : bad.baseURL
        try file.write(
            .init(name: "bad", baseURL: badURL, more: "resources: [emails, messages, push_notifications]"),
            .init(name: "good", baseURL: good.baseURL))
        var exporter = try await file.start()
        _ = try await exporter.scrape(when: "the good account is polled again and again") { samples in
            (samples[series("polls_total", account: "good")] ?? 0) >= 5
                && (samples[series("operations_seen_total", account: "good")] ?? 0) > 10
        }
        exporter = try await standStill([good], file, exporter)
        let samples = try await exporter.scrape(when: "all of the good account is listed") { samples in
            Self.settled(samples, account: "good") > 0
        }
        try await expectTruth(samples, of: good, account: "good")
        #expect(samples[series("up", account: "good")] == 1)
        for resource in ["emails", "messages", "push_notifications"] {
            #expect(samples[series("up", account: "bad", resource: resource)] == 0)
        }
        // A poll that hangs has not ended, and an exporter that waits for it is not ready.
        if trouble == .hanging {
            #expect(try await exporter.get("/-/ready").status == 503)
        } else {
            _ = try await eventually("ready") { try await exporter.get("/-/ready").status == 200 ? true : nil }
        }
        #expect(await exporter.program.end().status == 0)
    }

    @Test("the resources of an account share its pace, whatever they list")
    func pace() async throws {
        let file = try AccountsFile()
        let times = Locked<[ContinuousClock.Instant]>([])
        let api = try StandIn { _ in
            times.withLock { $0.append(.now) }
            return .json(#"{"operations": []}"#)
        }
        try file.write(
            .init(
                name: "slow", baseURL: api.baseURL,
                more: "resources: [messages, emails, push_notifications], poll: {requests_per_second: 4}"))
        let exporter = try await file.start()
        // Four go at once, and each of the others a quarter of a second after the one before.
        let took = try await eventually("24 requests") {
            times.withLock { $0.count < 24 ? nil : $0[23] - $0[0] }
        }
        #expect(took > .seconds(4.9))
        #expect(await exporter.program.end().status == 0)
    }

    @Test("a single poll of every account prints all of them, and fails where one of them does")
    func once() async throws {
        let (file, port) = (try AccountsFile(), try SilentPort())
        let api = try StandIn(SeedSample.answer)
        for (url, status) in [(api.baseURL, 0), ("http://127.0.0.1:\(port.port)", 1)] {
            try file.write(.init(name: "a", baseURL: api.baseURL), .init(name: "b", baseURL: url))
            let once = try await Program(
                "twilio-comms-exporter", ["--config.file=\(file.path)", "--once", "--storage.path=:memory:"]
            ).wait()
            #expect(once.status == status)
            let samples = Samples(once.output)
            #expect(samples[series("up", account: "a")] == 1)
            #expect(samples[series("up", account: "b")] == Double(1 - status))
            #expect(samples[series("window_operations", #"status="scheduled""#, account: "a")] == 1)
        }
    }

    @Test("a secret that changes in its file is used without a restart")
    func rotation() async throws {
        let file = try AccountsFile()
        let simulator = try await SimulatorProcess(["--rate=60"])
        try file.writeToken("yesterday's")
        try file.write(.init(name: "a", baseURL: simulator.baseURL))
        let exporter = try await file.start()
        let refused = series("poll_failures_total", #"reason="auth""#, account: "a")
        _ = try await exporter.scrape(when: "the old token is refused") { ($0[refused] ?? 0) > 0 }
        try file.writeToken("simulator\n")
        _ = try await exporter.scrape(when: "the new one is not") { $0[series("up", account: "a")] == 1 }
        let (status, _, errors) = await exporter.program.end()
        #expect(status == 0)
        #expect(!errors.contains("yesterday's") && !errors.contains("simulator\""))
    }
}
