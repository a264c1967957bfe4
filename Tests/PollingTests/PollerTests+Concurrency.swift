import CommsAPI
import Glibc
import HTTPServer
import Ledger
import Locking
import Operations
import TestSupport
import Testing

@testable import Polling

/// A poller that lists several slices at a time.
extension PollerTests {
    private func plan(_ concurrency: Int) -> PollPlan {
        var plan = PollPlan()
        plan.concurrency = concurrency
        return plan
    }

    /// How many requests are being answered, and how many were at most.
    private struct Crowd {
        var now = 0
        var most = 0
    }

    /// Operations of all days of a week.
    private var week: [Operation] {
        (0..<14).map { operation("o\($0)", age: .seconds($0 * 43_200 + 60), stats: [.total: 3, .sent: Int64($0)]) }
    }

    @Test("as many slices are listed at a time as the plan says, and all of it counts as one after the other")
    func concurrent() async throws {
        var states: [LedgerState] = []
        for concurrency in [1, 3] {
            let api = try FakeAPI(threads: .perConnection)
            for operation in week { api.put(operation) }
            let subject = try Subject(api, plan: plan(concurrency))
            let crowd = Locked(Crowd())
            let asked = Locked(0)
            api.fail { _ in
                let isFirst = asked.withLock { asked in
                    asked += 1
                    return asked <= 2
                }
                crowd.withLock { crowd in
                    crowd.now += 1
                    crowd.most = max(crowd.most, crowd.now)
                }
                // Until the others are there as well; nobody comes beside the first, which asks for the time, and the
                // second, which shows that a span is taken.
                for _ in 0..<500 where !isFirst && crowd.withLock({ $0.most < min(concurrency, 6) }) { usleep(1000) }
                usleep(20_000)
                crowd.withLock { $0.now -= 1 }
                return nil
            }
            #expect(await subject.poller.poll() == nil)
            #expect(crowd.withLock { $0.most } == min(concurrency, 6))
            #expect(subject.snapshot.ledger.windowIsComplete)
            #expect(subject.snapshot.ledger.window[.processing, .operations] == 14)
            #expect(subject.snapshot.health.sweepSuccesses.count == Sweep.allCases.count)
            states.append(subject.snapshot.ledger)
        }
        #expect(states[0].totals == states[1].totals)
        #expect(states[0].window == states[1].window)
    }

    @Test("a slice that fails beside others costs itself alone")
    func concurrentFailure() async throws {
        let api = try FakeAPI(threads: .perConnection)
        for operation in week { api.put(operation) }
        let subject = try Subject(api, plan: plan(7))
        api.fail { $0.hours == 72 ? .json(500, "{}") : nil }
        #expect(await subject.poller.poll() == .api(.serverError))
        #expect(!subject.snapshot.ledger.windowIsComplete)
        api.fail()
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        // Its one page is as full as was asked for, so the slice is listed in halves as well.
        #expect(api.takeRequests().map(\.summary).filter { $0.hasPrefix("list 72h") }.count == 2)
        #expect(subject.snapshot.ledger.windowIsComplete)
        #expect(subject.snapshot.ledger.window[.processing, .operations] == 14)
    }

    @Test("an API that is down costs no more polls than it has patience for, and those beside them")
    func concurrentOutage() async throws {
        let api = try FakeAPI(threads: .perConnection)
        let subject = try Subject(api, plan: plan(3))
        #expect(await subject.poller.poll() == nil)
        api.fail { _ in .json(500, "{}") }
        _ = api.takeRequests()
        for _ in 0..<3 {
            #expect(await subject.poller.poll() == .api(.serverError))
            #expect(api.takeRequests().count <= 5)
        }
        #expect(subject.snapshot.health.failures == [.api(.serverError): 3])
    }

    @Test("a poll that is canceled with several slices under way is neither a success nor a failure")
    func concurrentCancellation() async throws {
        let api = try FakeAPI(threads: .perConnection)
        let released = Latch()
        defer { released.open() }
        let asked = Locked(0)
        api.fail { _ in
            let number = asked.withLock { asked in
                asked += 1
                return asked
            }
            while number > 2 && !released.isOpen { usleep(1000) }
            return nil
        }
        let subject = try Subject(api, plan: plan(4))
        let polling = Task { [poller = subject.poller] in await poller.poll() }
        _ = try await eventually("four slices wait") { asked.withLock { $0 } == 6 ? true : nil }
        polling.cancel()
        #expect(await polling.value == nil)
        #expect(subject.snapshot.health.polls == 0)
        #expect(subject.snapshot.health.failures.isEmpty)
    }
}
