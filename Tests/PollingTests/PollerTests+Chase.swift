import CommsAPI
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
}
