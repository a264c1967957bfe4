import TestSupport
import Testing

/// The built exporter and an API that takes no request in full, or writes its lists in other forms: all is counted, and what
/// was refused is said and tried again.
@Suite(.fewAtATime) struct SecondWayTests {
    static let refused = series("api_requests_total", #"code="400""#)
    private static let history = ["--rate=900", "--pace=120", "--history=6d", "--history-rate=20"]
    /// A day of it is more than a page.
    private static let longHistory = ["--rate=900", "--pace=120", "--history=6d", "--history-rate=100"]

    private static func fallback(_ form: String) -> String { series("api_fallbacks", "form=\"\(form)\"") }

    private func isCounting(_ samples: Samples) -> Bool {
        samples[FaultTests.up] == 1 && samples[TruthTests.week] ?? 0 != 0 && samples[TruthTests.seen] ?? 0 >= 15
            && samples[TruthTests.polls] ?? 0 >= 4
    }

    /// Expects that an exporter that starts anew, in a world that stands still, shows the truth.
    private func expectTruth(
        of simulator: SimulatorProcess, _ exporter: ExporterProcess, _ folder: TemporaryFolder
    ) async throws {
        try await simulator.set("frozen=true")
        #expect(await exporter.program.end().status == 0)
        let again = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        let settled = try await again.scrape(when: "the week is listed again") {
            $0[FaultTests.up] == 1 && $0[TruthTests.week] ?? 0 != 0 && $0[TruthTests.polls] ?? 0 >= 2
        }
        try await settled.expectTruth(of: simulator)
        #expect(await again.program.end().status == 0)
    }

    @Test(
        "an API that refuses a form of request is read in a plainer one after six refusals at most, and all polls succeed",
        arguments: [
            ("old_start", "window"), ("long_window", "window"), ("large_page", "page_size"), ("page_size", "page_size"),
            ("token_with_filters", "token_alone"), ("status_with_dates", "status"), ("upper_status", "status"),
            ("status", "status"),
        ])
    func refusal(word: String, form: String) async throws {
        let folder = try TemporaryFolder()
        let simulator = try await SimulatorProcess(
            (word == "token_with_filters" ? Self.longHistory : Self.history)
                + (word == "old_start" ? ["--history=7d"] : []))
        try await simulator.set("refuse=\(word)")
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        let counting = try await exporter.scrape(when: "operations are counted", isCounting)
        #expect((1...6).contains(counting[Self.refused] ?? 0))
        #expect(counting[Self.fallback(form)] == 1)
        #expect(counting.bySeries.filter { $0.key.contains("api_fallbacks") }.values.reduce(0, +) == 1)
        #expect(counting.bySeries.filter { $0.key.contains("poll_failures_total") }.values.reduce(0, +) == 0)
        let lines = exporter.program.standardError.split(separator: "\n")
        #expect(lines.count { $0.contains("refuses a form of request") } == 1)
        #expect(try await exporter.get("/").text.contains("the API refuses the full ones"))
        if word != "old_start" { try await expectTruth(of: simulator, exporter, folder) }
    }

    @Test(
        "the full form of a request is taken up again at a reload, once the API takes it",
        arguments: [("page_size", "page_size"), ("status", "status")])
    func renewal(word: String, form: String) async throws {
        let folder = try TemporaryFolder()
        let simulator = try await SimulatorProcess(Self.history)
        try await simulator.set("refuse=\(word)")
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        _ = try await exporter.scrape(when: "operations are counted", isCounting)
        try await simulator.set("refuse=none")
        #expect(try exporter.reload().status == 200)
        let renewed = try await exporter.scrape(when: "the full form is in use") { $0[Self.fallback(form)] == 0 }
        #expect(renewed[FaultTests.up] == 1)
        #expect(exporter.program.standardError.contains("takes the full form of request again"))
        try await expectTruth(of: simulator, exporter, folder)
    }

    @Test("tokens that expire on the way end no list, and teach nothing")
    func expiringTokens() async throws {
        let folder = try TemporaryFolder()
        let simulator = try await SimulatorProcess(["--rate=900", "--pace=120", "--history=6d", "--history-rate=300"])
        try await simulator.set("token_life=2&hang=0.5")
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        let counting = try await exporter.scrape(when: "operations are counted", within: .seconds(180), isCounting)
        #expect(counting[Self.refused] ?? 0 > 0)
        #expect(counting.bySeries.filter { $0.key.contains("api_fallbacks") }.values.reduce(0, +) == 0)
        #expect(counting.bySeries.filter { $0.key.contains("poll_failures_total") }.values.reduce(0, +) == 0)
        try await simulator.set("hang=0")
        try await expectTruth(of: simulator, exporter, folder)
    }

    @Test(
        "lists are read in every form that an API may write them in",
        arguments: [
            "next=path&empty=null&dates=no_zone", "next=query&empty=missing&dates=offset",
            "next=self&empty=no_content&dates=short_offset", "next=same&empty=null&dates=zulu",
            "next=url&empty=array&dates=rfc2822",
        ])
    func listForms(settings: String) async throws {
        let folder = try TemporaryFolder()
        let simulator = try await SimulatorProcess(Self.longHistory)
        // Dates in whole seconds would put what is created in the second of birth before it.
        try await simulator.set("rate=0&\(settings)")
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        _ = try await exporter.scrape(when: "the week is listed") { $0[TruthTests.week] ?? 0 != 0 }
        try await Task.sleep(for: .seconds(1))
        try await simulator.set("rate=900")
        _ = try await exporter.scrape(when: "operations are counted", isCounting)
        try await expectTruth(of: simulator, exporter, folder)
    }

    @Test(
        "an API that answers 400 to every list, or every other, is asked a bounded number of times, and is read after it"
    )
    func hostile() async throws {
        let folder = try TemporaryFolder()
        let simulator = try await SimulatorProcess(Self.history)
        try await simulator.set("refuse=all")
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        let refused = try await exporter.scrape(when: "polls have failed") { $0[TruthTests.polls] ?? 0 >= 3 }
        #expect(refused[FaultTests.up] == 0)
        #expect(refused[series("poll_failures_total", #"reason="client_error""#)] == refused[TruthTests.polls])
        #expect(refused[Self.refused] ?? .infinity <= 7 * ((refused[TruthTests.polls] ?? 0) + 1))
        #expect(try await exporter.get("/").text.contains("status 400"))
        try await simulator.set("refuse=half")
        let half = try await exporter.scrape(when: "it is refused at random") {
            $0[TruthTests.polls] ?? 0 >= (refused[TruthTests.polls] ?? 0) + 5
        }
        let polls = (half[TruthTests.polls] ?? 0) - (refused[TruthTests.polls] ?? 0) + 1
        #expect((half[Self.refused] ?? .infinity) - (refused[Self.refused] ?? 0) <= 25 * polls)
        try await simulator.set("refuse=none")
        _ = try await exporter.scrape(when: "operations are counted", within: .seconds(120), isCounting)
        try await expectTruth(of: simulator, exporter, folder)
    }

    @Test("an API that lists but answers no fetch by id is up, and all is counted", arguments: [400, 403, 405, 500])
    func noFetch(status: Int) async throws {
        let (file, simulator) = (try AccountsFile(), try await SimulatorProcess(Self.history))
        try await simulator.set("fetch=\(status)")
        // Without `recent` at each poll an operation that is no longer processing is fetched by its id.
        try file.write(
            .init(
                name: "default", baseURL: simulator.baseURL,
                more: "poll: {requests_per_second: 1000, sweeps: {recent: {window: 2h, every: 1h}}}"))
        let exporter = try await file.start()
        let fetched = series("api_requests_total", "code=\"\(status)\"")
        let counting = try await exporter.scrape(when: "operations are fetched, and counted") {
            isCounting($0) && $0[fetched] ?? 0 > 0
        }
        #expect(counting.bySeries.filter { $0.key.contains("poll_failures_total") }.values.reduce(0, +) == 0)
        try await simulator.set("frozen=true")
        #expect(await exporter.program.end().status == 0)
        let again = try await file.start()
        let settled = try await again.scrape(when: "the week is listed again") {
            $0[FaultTests.up] == 1 && $0[TruthTests.week] ?? 0 != 0
        }
        try await settled.expectTruth(of: simulator)
    }

    @Test("a quota that counts refused requests too starves no short interval")
    func quota() async throws {
        let (time, folder) = (try TimeWarp(rate: 10), try TemporaryFolder())
        let simulator = try await SimulatorProcess(["--rate=600", "--history=6h"], in: time)
        try await simulator.set("quota=20")
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path, in: time)
        let throttled = series("poll_failures_total", #"reason="throttled""#)
        var (seen, failures) = (0.0, 0.0)
        for _ in 0..<3 {
            failures =
                try await exporter.scrape(when: "it is throttled") { $0[throttled] ?? 0 > failures }[throttled] ?? 0
            seen =
                try await exporter.scrape(when: "new operations are counted") {
                    $0[FaultTests.up] == 1 && $0[TruthTests.seen] ?? 0 > seen
                }[TruthTests.seen] ?? 0
        }
    }

    /// The number of operations that finish at once while a poll may wait for each answer.
    private static let many = 100

    @Test(
        "a new operation is listed before what many others have become is asked for, and with the next poll at the latest"
    )
    func freshness() async throws {
        let api = try SlowAPI(operations: Self.many, delay: .milliseconds(300))
        let folder = try TemporaryFolder()
        let exporter = try await ExporterProcess(baseURL: api.baseURL, storage: folder.path, interval: "3s")
        _ = try await exporter.scrape(when: "polls succeed") {
            $0[TruthTests.polls] ?? 0 >= 2 && $0[FaultTests.up] == 1
        }
        api.finishAll()
        _ = try await exporter.scrape(when: "the new one is counted") { $0[TruthTests.seen] == 1 }
        // The rest of one poll, and the first list of the next: far fewer requests than operations that have finished.
        #expect(api.requestsUntilNewWasListed <= 20)
        _ = try await exporter.scrape(when: "all are known to have finished") {
            $0[series("window_operations", #"status="completed""#)] == Double(Self.many)
        }
    }
}
