import CommsAPI
import Glibc
import HTTPServer
import Ledger
import Locking
import Operations
import TestSupport
import Testing

@testable import Polling

/// A poller over a stand-in API and a real ledger, poll by poll.
@Suite struct PollerTests {
    let now = Timestamp(seconds: Timestamp.wallClock().wholeSeconds)

    func operation(
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
