import CommsAPI
import Glibc
import HTTPServer
import Ledger
import Locking
import Logging
import Operations
import SQLite
import TestSupport
import Testing

import struct Foundation.Data
import class Foundation.FileHandle

@testable import Polling

/// A poller over a stand-in API and a real ledger, poll by poll.
@Suite struct PollerTests {
    /// A poller, its ledger's file, and what it published last.
    private final class Subject {
        let poller: Poller
        let published = Locked<AccountSnapshot?>(nil)
        let log = Locked<[String]>([])
        let folder: TemporaryFolder

        init(_ api: FakeAPI, folder: TemporaryFolder? = nil) throws {
            let folder = try folder ?? TemporaryFolder()
            self.folder = folder
            let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
            let journal = RequestJournal()
            let (published, log) = (published, log)
            poller = Poller(
                account: "default", resource: .messages, client: try api.client(journal.note), journal: journal,
                ledger: try Ledger(folder: folder.path, owner: owner), plan: PollPlan(),
                log: Logger(label: "test") { _ in CapturingHandler(lines: log) },
                publish: { snapshot in published.withLock { $0 = snapshot } })
        }

        var path: String { folder.path + "/default.messages.db" }

        /// What was published last; every test has polled before it asks.
        var snapshot: AccountSnapshot { published.withLock { $0 }! }

        func gained(_ milestone: Milestone) -> Int64 { snapshot.ledger.totals[.gained(milestone)] }
    }

    private let now = Timestamp(seconds: Timestamp.wallClock().wholeSeconds)

    private func operation(
        _ id: String, _ status: OperationStatus = .processing, age: Duration = .seconds(7200), stats: Stats = [:]
    ) -> Operation {
        Operation(id: id, status: status, stats: stats, createdAt: now - age, updatedAt: now)
    }

    // MARK: The plan

    @Test("the first poll learns the time, then lists the week a day at a time, the newest first; the second is short")
    func firstPolls() async throws {
        let api = try FakeAPI(
            operation("a"), operation("b", age: .seconds(7260)), operation("c", age: .seconds(7320)),
            operation("d", .completed, age: .seconds(6 * 86_400)))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        #expect(
            api.takeRequests().map(\.summary) == [
                "list all", "list 24h", "list 24h 2", "list 48h", "list 72h", "list 96h", "list 120h", "list 144h",
                "list 168h",
            ])
        var snapshot = subject.snapshot
        #expect(snapshot.health.lastPollSucceeded)
        #expect(snapshot.health.polls == 1)
        #expect(snapshot.ledger.windowIsComplete)
        #expect(snapshot.ledger.window[.processing, .operations] == 3)
        #expect(Set(snapshot.health.sweepSuccesses.keys) == Set(Sweep.allCases))
        #expect(await subject.poller.poll() == nil)
        #expect(api.takeRequests().map(\.summary) == ["list 1h", "list 168h PROCESSING", "list 168h PROCESSING 2"])
        snapshot = subject.snapshot
        #expect(snapshot.health.polls == 2)
        #expect(snapshot.health.requests.codes == [200: 12])
    }

    @Test("what an operation gains while the time is asked for a second time counts")
    func gainWhileLearning() async throws {
        let api = try FakeAPI()
        let answers = Locked(0)
        let start = ContinuousClock.now
        api.fail { _ in
            // A time that stands still would be a cache's.
            let seconds = (ContinuousClock.now - start).components.seconds
            let date = "Fri, 01 Jan 2038 00:\(10 + seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60) GMT"
            let total = answers.withLock {
                $0 += 1
                return $0 == 1 ? 10 : 13
            }
            let times = #""createdAt": "2037-12-31T22:00:00Z", "updatedAt": "2037-12-31T22:00:00Z""#
            let operation = #"{"id": "a", "status": "PROCESSING", \#(times), "stats": {"total": \#(total)}}"#
            return .json(200, #"{"operations": [\#(operation)]}"#, headers: [(name: "Date", value: date)])
        }
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        #expect(subject.gained(.messages) == 3)
    }

    @Test("an operation on the edge of two slices is listed, whichever way the API reads its bounds")
    func edges() async throws {
        // Of every second around the edge between the first and the second day, one.
        let api = try FakeAPI()
        for second in -5...5 {
            api.put(operation("e\(second + 5)", .completed, age: .seconds(86_400 + second)))
        }
        let subject = try Subject(api)
        // The first, unbounded page would show them too.
        api.fail { $0.start == nil ? .json(200, #"{"operations": []}"#) : nil }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 11)
    }

    @Test("past its deadline a poll leaves the rest of a long sweep to the next one, a slice at least done")
    func deadline() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        #expect(await subject.poller.poll(at: .now, until: .now).failure == nil)
        #expect(api.takeRequests().map(\.summary) == ["list all", "list 24h"])
        #expect(await subject.poller.poll(at: .now, until: .now).failure == nil)
        #expect(api.takeRequests().map(\.summary).suffix(1) == ["list 48h"])
        #expect(subject.snapshot.health.lastPollSucceeded)
        #expect(!subject.snapshot.ledger.windowIsComplete)
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.windowIsComplete)
    }

    // MARK: Failing slices

    @Test("a slice that fails costs itself, is all that is asked for again, and hides the window until it is listed")
    func failingSlice() async throws {
        let api = try FakeAPI(operation("a", .completed, age: .seconds(2 * 86_400 + 3600)))
        let subject = try Subject(api)
        api.fail { $0.status == nil && $0.hours == 72 ? .json(500, "{}") : nil }
        #expect(await subject.poller.poll() == .api(.serverError))
        #expect(api.takeRequests().filter { $0.hours == 72 }.count == 1)
        var snapshot = subject.snapshot
        #expect(!snapshot.health.lastPollSucceeded)
        #expect(snapshot.health.lastSuccess == nil)
        #expect(snapshot.health.failures == [.api(.serverError): 1])
        #expect(!snapshot.ledger.windowIsComplete)
        #expect(snapshot.health.sweepSuccesses.isEmpty)
        #expect(await subject.poller.poll() == .api(.serverError))
        let again = api.takeRequests().map(\.summary)
        #expect(again.prefix(3) == ["list 1h", "list 168h PROCESSING", "list 168h SCHEDULED"])
        #expect(again.suffix(5) == ["list 6h", "list 12h", "list 18h", "list 24h", "list 72h"])
        api.fail()
        #expect(await subject.poller.poll() == nil)
        #expect(api.takeRequests().map(\.summary) == ["list 1h", "list 168h PROCESSING", "list 72h"])
        snapshot = subject.snapshot
        #expect(snapshot.health.lastPollSucceeded)
        #expect(snapshot.ledger.windowIsComplete)
        #expect(snapshot.ledger.window[.completed, .operations] == 1)
        #expect(snapshot.health.sweepSuccesses[.week] != nil)
    }

    @Test("a sweep that has never succeeded has no time of success, also when an old week becomes complete")
    func sweepTimes() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        api.fail { $0.hours == 72 ? .json(500, "{}") : nil }
        #expect(await subject.poller.poll() == .api(.serverError))
        api.fail { $0.hours == 1 ? .json(500, "{}") : nil }
        #expect(await subject.poller.poll() == .api(.serverError))
        let times = subject.snapshot.health.sweepSuccesses
        #expect(times[.week] != nil)
        #expect(times[.recent] == nil)
    }

    @Test("an API that is down costs three requests of a poll and not one per slice")
    func apiDown() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        api.fail { $0.start == nil ? nil : .json(500, "{}") }
        for _ in 1...2 {
            _ = api.takeRequests()
            #expect(await subject.poller.poll() == .api(.serverError))
            #expect(api.takeRequests().filter { $0.start != nil }.count == 3)
        }
    }

    @Test("sweeps that are refused again and again do not keep the others from being listed")
    func refusedSweeps() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        let isRefused = { @Sendable (request: ServerRequest) in request.status != nil || request.hours == 1 }
        api.fail { isRefused($0) ? .json(400, "{}") : $0.hours == 72 ? .json(500, "{}") : nil }
        _ = await subject.poller.poll()
        api.fail { isRefused($0) ? .json(400, "{}") : nil }
        for _ in 1...3 { _ = await subject.poller.poll() }
        #expect(subject.snapshot.ledger.windowIsComplete)
    }

    // MARK: Chase

    @Test("what leaves its status sweep is fetched by id at the next poll, and counts")
    func chase() async throws {
        let api = try FakeAPI(
            operation("a", stats: [.total: 10, .sent: 10, .delivered: 0]), operation("b", stats: [.total: 1]))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.put(operation("a", .completed, stats: [.total: 10, .sent: 0, .delivered: 10]))
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        #expect(api.takeRequests().map(\.summary) == ["list 1h", "list 168h PROCESSING", "fetch a"])
        let snapshot = subject.snapshot
        #expect(subject.gained(.delivered) == 10)
        #expect(snapshot.ledger.totals[.operationsCompleted] == 1)
        #expect(snapshot.ledger.window[.completed, .operations] == 1)
        #expect(snapshot.ledger.window[.processing, .operations] == 1)
        #expect(await subject.poller.poll() == nil)
        #expect(api.takeRequests().map(\.summary) == ["list 1h", "list 168h PROCESSING"])
    }

    @Test("what the API does not know by its id either is asked for once")
    func chaseOfTheLost() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.forget("a")
        for fetches in [1, 0, 0] {
            _ = api.takeRequests()
            #expect(await subject.poller.poll() == nil)
            #expect(api.takeRequests().filter { $0.id != nil }.count == fetches)
        }
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 1)
    }

    @Test("what was lost and is listed again is chased again")
    func listedAgain() async throws {
        let old = Duration.seconds(2 * 86_400 + 100)
        let api = try FakeAPI(operation("a", age: old))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.fail { $0.status == "PROCESSING" ? .json(200, #"{"operations": []}"#) : nil }
        #expect(await subject.poller.poll() == nil)
        api.fail()
        #expect(await subject.poller.poll() == nil)
        api.put(operation("a", .completed, age: old))
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 1)
    }

    @Test("at most a hundred are fetched in one poll, and the rest follow")
    func chaseLimit() async throws {
        let api = try FakeAPI()
        for number in 0..<130 { api.put(operation("a\(number)")) }
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        for number in 0..<130 { api.put(operation("a\(number)", .completed)) }
        for fetches in [100, 30, 0] {
            _ = api.takeRequests()
            #expect(await subject.poller.poll() == nil)
            #expect(api.takeRequests().filter { $0.id != nil }.count == fetches)
        }
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 130)
    }

    @Test("one that cannot be fetched fails one poll, not the next ones, and leaves the others", arguments: [400, 500])
    func chasePoison(status: Int) async throws {
        let api = try FakeAPI(operation("old", age: .seconds(7300)), operation("young", age: .seconds(7200)))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.put(operation("old", .completed, age: .seconds(7300)))
        api.put(operation("young", .completed, age: .seconds(7200)))
        api.fail { $0.id == "old" ? .json(status, "{}") : nil }
        #expect(await subject.poller.poll() != nil)
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 1)
    }

    @Test("many that cannot be fetched are one line of the log")
    func chasePoisons() async throws {
        let api = try FakeAPI()
        for number in 0..<30 { api.put(operation("a\(number)")) }
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        for number in 0..<30 { api.put(operation("a\(number)", .completed)) }
        api.fail { $0.id == nil ? nil : .json(500, "{}") }
        #expect(await subject.poller.poll() == .api(.serverError))
        #expect(subject.log.withLock { $0 }.count == 1)
    }

    @Test("an account that may list but not fetch keeps its other sweeps")
    func chaseForbidden() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api)
        api.fail { $0.hours == 72 ? .json(500, "{}") : nil }
        #expect(await subject.poller.poll() == .api(.serverError))
        api.put(operation("a", .completed))
        api.fail { $0.id != nil ? .json(403, "{}") : nil }
        #expect(await subject.poller.poll() == .api(.auth))
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.windowIsComplete)
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 1)
    }

    // MARK: Bad input

    @Test("an operation of the day after tomorrow is not taken, is counted as invalid, and the page counts")
    func futureCreation() async throws {
        let api = try FakeAPI(
            operation("future", .completed, age: .seconds(-2 * 86_400)), operation("now", .completed),
            operation("ahead", .completed, age: .seconds(-3600)))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        let snapshot = subject.snapshot
        #expect(snapshot.ledger.window[.completed, .operations] == 2)
        // Once in the first page and once in the newest slice; "ahead" claims to have been updated before it was created.
        #expect(snapshot.health.invalidOperations == [.createdAt: 2, .updatedAt: 2])
    }

    // MARK: The ledger

    @Test("while the ledger cannot be written nothing is shown that is not committed, and nothing is lost")
    func ledgerFailure() async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 10, .delivered: 1]))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        let before = subject.snapshot.ledger
        api.put(operation("a", stats: [.total: 10, .delivered: 4]))
        api.put(operation("b", age: now - .wallClock(), stats: [.total: 5]))
        let other = try Connection(path: subject.path)
        try other.execute("BEGIN IMMEDIATE")
        #expect(await subject.poller.poll() == .ledger)
        var snapshot = subject.snapshot
        #expect(!snapshot.health.lastPollSucceeded)
        #expect(snapshot.health.failures == [.ledger: 1])
        #expect(snapshot.ledger == before)
        try other.execute("ROLLBACK")
        #expect(await subject.poller.poll() == nil)
        snapshot = subject.snapshot
        #expect(snapshot.health.lastPollSucceeded)
        #expect(subject.gained(.delivered) == 3)
        #expect(subject.gained(.messages) == 5)
        #expect(subject.log.withLock { $0 }.map { $0.prefix(11) } == ["poll failed", "polling aga"])
    }

    @Test("a ledger that is set aside halfway through a week shows no half a picture")
    func damageDuringWeek() async throws {
        let api = try FakeAPI(operation("a", .completed, age: .seconds(5 * 86_400)))
        let subject = try Subject(api)
        api.fail { $0.hours == 72 ? .json(500, "{}") : nil }
        #expect(await subject.poller.poll() == .api(.serverError))
        api.fail()
        try damage(subject.path)
        #expect(await subject.poller.poll() == .ledger)
        #expect(subject.snapshot.ledger.totals[.recoveries] == 1)
        #expect(await subject.poller.poll() == nil)
        let ledger = subject.snapshot.ledger
        #expect(!ledger.windowIsComplete || ledger.window[.completed, .operations] == 1)
    }

    /// Overwrites all of a database but its first page, after what its owner has cached has become invalid.
    private func damage(_ path: String) throws {
        let other = try Connection(path: path)
        try other.execute("UPDATE ledger SET value = value; PRAGMA wal_checkpoint(TRUNCATE)")
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        let size = try file.seekToEnd()
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(repeating: 0xFF, count: Int(size) - 4096))
        try file.close()
    }

    @Test("a ledger that can be set aside only later is logged when it is")
    func lateSetAside() async throws {
        let api = try FakeAPI(operation("a", .completed, age: .seconds(5 * 86_400)))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.put(operation("n", stats: [.total: 3]))
        try damage(subject.path)
        #expect(rename(subject.folder.path, subject.folder.path + "-away") == 0)
        #expect(await subject.poller.poll() == .ledger)
        #expect(subject.log.withLock { $0 }.filter { $0.hasPrefix("ledger set aside") }.isEmpty)
        #expect(rename(subject.folder.path + "-away", subject.folder.path) == 0)
        #expect(await subject.poller.poll() == nil)
        #expect(subject.log.withLock { $0 }.filter { $0.hasPrefix("ledger set aside") }.count == 1)
        #expect(subject.snapshot.ledger.windowIsComplete)
    }

    // MARK: The clock

    @Test("an API whose clock was days behind for one poll does not stop the exporter")
    func slowClock() async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 10]))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.fail { _ in
            .json(200, #"{"operations": []}"#, headers: [(name: "Date", value: "Sat, 20 Apr 2024 16:00:00 GMT")])
        }
        #expect(await subject.poller.poll() == .ledger)
        api.fail()
        _ = try await eventually("it polls again") { await subject.poller.poll() == nil ? true : nil }
    }

    /// Years ahead, as a gateway with a broken clock may say.
    private static let wrongDate = [(name: "Date", value: "Fri, 01 Jan 2038 00:00:00 GMT")]

    @Test("a gateway's error page with a wrong Date does not age the ledger", arguments: [true, false])
    func wrongDateOfAnError(isFirst: Bool) async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 10]))
        let folder = try TemporaryFolder()
        do { #expect(await (try Subject(api, folder: folder)).poller.poll() == nil) }
        let subject = try Subject(api, folder: folder)
        if !isFirst { #expect(await subject.poller.poll() == nil) }
        api.fail { _ in .json(503, "<html>", headers: Self.wrongDate) }
        #expect(await subject.poller.poll() == .api(.serverError))
        api.fail()
        for _ in 1...3 { _ = await subject.poller.poll() }
        api.put(operation("b", age: now - .wallClock(), stats: [.total: 7]))
        #expect(await subject.poller.poll() == nil)
        #expect(subject.gained(.messages) == 7)
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 2)
    }

    // MARK: Running

    @Test("scrapes see the requests of a poll that is still waiting for its first answer")
    func requestsWhileWaiting() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        let asked = Locked(0)
        let released = Latch()
        defer { released.open() }
        api.fail { _ in
            let number = asked.withLock { asked in
                asked += 1
                return asked
            }
            while number > 1 && !released.isOpen { usleep(1000) }
            return .json(503, "{}")
        }
        let running = Task { [poller = subject.poller] in await poller.run() }
        _ = try await eventually("the first answer is published") {
            subject.published.withLock { $0 }?.health.requests.codes[503] == 1 ? true : nil
        }
        #expect(subject.snapshot.health.polls == 0)
        running.cancel()
        released.open()
        await running.value
        #expect(subject.snapshot.health.polls == 0)
    }

    // MARK: Ending

    @Test("a poll that is canceled is neither a success nor a failure")
    func canceled() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        let before = subject.snapshot.health
        let task = Task { [poller = subject.poller] in
            withUnsafeCurrentTask { $0?.cancel() }
            return await poller.poll()
        }
        #expect(await task.value == nil)
        let after = subject.snapshot.health
        #expect(after.polls == before.polls)
        #expect(after.failures == before.failures)
        #expect(after.lastSuccess == before.lastSuccess)
        #expect(after.lastPollSucceeded)
    }
}

/// Keeps the messages of a log, in order, debug left out.
private struct CapturingHandler: LogHandler {
    let lines: Locked<[String]>
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(lines: Locked<[String]>) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message)") }
    }
}
