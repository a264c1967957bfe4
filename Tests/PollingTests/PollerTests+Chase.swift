import CommsAPI
import Glibc
import HTTPServer
import Ledger
import Locking
import Operations
import TestSupport
import Testing

@testable import Polling

// Unfinished operations that are no longer listed as such.
extension PollerTests {
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

    @Test(
        "what the API does not know by its id either is looked for in a list, once more at the next poll, and then waits"
    )
    func chaseOfTheLost() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.forget("a")
        for chased in [["fetch a", "list 2h"], ["fetch a", "list 2h"], []] {
            _ = api.takeRequests()
            #expect(await subject.poller.poll() == nil)
            #expect(api.takeRequests().map(\.summary) == ["list 1h", "list 168h PROCESSING"] + chased)
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

    @Test("many that are missing are listed by the time of their creation, and not fetched")
    func chaseOfMany() async throws {
        let api = try FakeAPI()
        for number in 0..<6 { api.put(operation("a\(number)")) }
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        for number in 0..<6 { api.put(operation("a\(number)", .completed)) }
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        #expect(
            api.takeRequests().map(\.summary) == [
                "list 1h", "list 168h PROCESSING", "list 2h", "list 2h 2", "list 2h 4",
            ])
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 6)
    }

    @Test(
        "an id that answers with a stale report or cannot be fetched is looked for in a list, and fails no poll",
        arguments: [200, 400, 403, 405, 500])
    func chaseWithoutFetch(status: Int) async throws {
        let api = try FakeAPI(operation("old", age: .seconds(7300)), operation("young", age: .seconds(7200)))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        let stale = FakeAPI.json(operation("old", age: .seconds(7300)))
        api.put(operation("old", .completed, age: .seconds(7300)))
        api.put(operation("young", .completed, age: .seconds(7200)))
        api.fail { $0.id == "old" ? .json(status, status == 200 ? stale : "{}") : nil }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 2)
        #expect(subject.log.withLock { $0 }.count == (status == 200 ? 0 : 1))
    }

    @Test("where neither the id nor the list shows it finished, it is asked for again at the next poll")
    func chaseOfTheStale() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        let stale = FakeAPI.json(operation("a"))
        api.put(operation("a", .completed))
        api.fail { request in
            request.id == "a"
                ? .json(200, stale)
                : request.hours == 2 ? .json(200, #"{"operations": [\#(stale)], "pagination": {"next": null}}"#) : nil
        }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 1)
        api.fail()
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 1)
    }

    @Test("a chase takes at most a third of the interval, and the poll goes on without it")
    func chaseTime() async throws {
        let api = try FakeAPI(operation("a"), threads: .perConnection)
        let subject = try Subject(api, plan: PollPlan(interval: .seconds(6)))
        #expect(await subject.poller.poll() == nil)
        let released = Latch()
        defer { released.open() }
        api.put(operation("a", .completed))
        api.fail { request in
            while request.id != nil && !released.isOpen { usleep(1000) }
            return nil
        }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.health.lastPollSucceeded)
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 1)
        // The next one does not fetch.
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 1)
    }

    @Test("an account that may list but not fetch keeps its other sweeps")
    func chaseForbidden() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api)
        api.fail { $0.hours == 72 ? .json(500, "{}") : nil }
        #expect(await subject.poller.poll() == .api(.serverError))
        api.put(operation("a", .completed))
        api.fail { $0.id != nil ? .json(403, "{}") : nil }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.windowIsComplete)
        #expect(subject.snapshot.ledger.window[.completed, .operations] == 1)
    }
}
