import CommsAPI
import HTTPServer
import Ledger
import Locking
import Operations
import TestSupport
import Testing

@testable import Polling

// Operations that the API forgets, and lists that it cuts off.
extension PollerTests {
    /// Every poll lists the whole week.
    private var weekly: PollPlan {
        var plan = PollPlan()
        plan[cadenceOf: .week] = .zero
        return plan
    }

    @Test(
        "an unfinished operation that the API knows no longer leaves the gauges after two weeks' lists, and may come back"
    )
    func forgotten() async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 10, .sent: 4]), operation("b", .completed))
        let subject = try Subject(api, plan: weekly)
        #expect(await subject.poller.poll() == nil)
        api.forget("a")
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 1)
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 0)
        #expect(subject.snapshot.ledger.totals[.expiredUnfinished] == 1)
        #expect(subject.log.withLock { $0 }.filter { $0.contains("no longer known to the API") }.count == 1)
        api.put(operation("a", stats: [.total: 10, .sent: 6]))
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 1)
        #expect(subject.snapshot.ledger.totals[.expiredUnfinished] == 1)
    }

    @Test("one that no list shows and the API knows by its id stays")
    func unlisted() async throws {
        let api = try FakeAPI(operation("a"), operation("b"), operation("c"))
        let subject = try Subject(api, plan: weekly)
        #expect(await subject.poller.poll() == nil)
        api.fail { $0.id == nil ? .json(200, #"{"operations": []}"#) : nil }
        for _ in 0..<4 { #expect(await subject.poller.poll() == nil) }
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 3)
        #expect(subject.log.withLock { $0 }.filter { $0.contains("lacks an operation that the API knows") }.count == 1)
    }

    @Test("dates of another century move no gap, though they are all that is listed")
    func strangeDates() async throws {
        let api = try FakeAPI(operation("a", .completed, age: .seconds(3 * 86_400)))
        let subject = try Subject(api, plan: weekly)
        #expect(await subject.poller.poll() == nil)
        api.forget("a")
        for year in [2099, 1970] {
            let page =
                #"{"id": "b", "status": "COMPLETED", "createdAt": "\#(year)-06-01T00:00:00Z", "stats": {"total": 1}}"#
            api.fail { $0.id == nil ? .json(200, #"{"operations": [\#(page)]}"#) : nil }
            #expect(await subject.poller.poll() == nil)
        }
        // Nothing is shown, so what was created since birth may be gone.
        #expect(subject.snapshot.ledger.totals[.coverageGapMilliseconds] < 60_000)
        #expect(subject.snapshot.ledger.coverage.spans.allSatisfy { $0.end <= .wallClock() })
    }

    /// Answers lists with at most two operations, the newest, and names no next page.
    private func cutOff(_ operations: [Operation]) -> @Sendable (ServerRequest) -> ServerResponse? {
        { request in
            guard request.id == nil else { return nil }
            let listed = operations.filter {
                request.start ?? $0.createdAt <= $0.createdAt && $0.createdAt <= request.end ?? $0.createdAt
                    && request.status ?? $0.status.filterValue == $0.status.filterValue
            }
            let shown = listed.sorted { $0.createdAt > $1.createdAt }.prefix(2).map(FakeAPI.json)
            return .json(200, #"{"operations": [\#(shown.joined(separator: ","))]}"#)
        }
    }

    @Test("a list that the API cuts off is listed in parts until all of it is seen")
    func cutOffList() async throws {
        let operations = (0..<5).map { operation("a\($0)", .completed, age: .seconds(100 + 17_000 * $0)) }
        let api = try FakeAPI()
        api.fail(cutOff(operations))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.totals[.operationsHeld] == 5)
        #expect(subject.snapshot.ledger.windowIsComplete)
    }

    @Test("a list that stays cut off is a failure, and its time is not covered")
    func cutOffForGood() async throws {
        // Nine within a second, and two that hide them.
        let operations = (0..<9).map { operation("a\($0)", .completed, age: .seconds(60_000) + .milliseconds($0)) }
        let api = try FakeAPI()
        api.fail(cutOff(operations + (0..<2).map { operation("b\($0)", .completed, age: .seconds(100 + $0)) }))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == .api(.pagination))
        #expect(!subject.snapshot.ledger.windowIsComplete)
        #expect(
            subject.snapshot.health.faults.contains { $0.hasSuffix("the list is cut off at 2 operations; gave up") })
    }

    @Test("a list that is as full as a page by chance is listed in parts once")
    func fullByChance() async throws {
        let api = try FakeAPI(
            operation("a", .completed, age: .seconds(60)), operation("b", .completed, age: .seconds(3000)))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        #expect(api.takeRequests().map(\.summary) == ["list 1h", "list 168h PROCESSING"])
    }
}
