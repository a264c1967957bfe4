import CommsAPI
import Glibc
import HTTPServer
import Ledger
import Locking
import Operations
import TestSupport
import Testing

@testable import Polling

/// A poller that is told other settings while it runs.
extension PollerTests {
    private func owner() -> LedgerOwner {
        LedgerOwner(account: "default", resource: "messages", accountSID: nil)
    }

    @Test("other settings end a poll that hangs, without counting it, and the next one is by them at once")
    func changeWhileHanging() async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 3]))
        let subject = try Subject(api, plan: PollPlan(interval: .seconds(3600)))
        let released = Latch()
        defer { released.open() }
        let running = Task { [poller = subject.poller] in await poller.run() }
        _ = try await eventually("a first poll") { subject.published.withLock { $0 }?.health.polls == 1 ? true : nil }
        let first = subject.snapshot
        api.fail { _ in
            while !released.isOpen { usleep(1000) }
            return nil
        }
        let settings = { (api: FakeAPI) in
            PollSettings(
                client: try api.client(subject.journal.note), plan: PollPlan(interval: .seconds(3600)), reading: nil,
                owner: self.owner())
        }
        _ = api.takeRequests()
        subject.poller.change(to: try settings(api))
        _ = try await eventually("the next poll hangs") { api.takeRequests().isEmpty ? nil : true }
        let other = try FakeAPI(operation("a", stats: [.total: 3]), operation("b", age: .zero, stats: [.total: 5]))
        subject.poller.change(to: try settings(other))
        _ = try await eventually("a poll of the other API") { subject.snapshot.health.polls == 2 ? true : nil }
        let second = subject.snapshot
        #expect(second.health.failures.isEmpty)
        #expect((second.health.requests.codes[200] ?? 0) > (first.health.requests.codes[200] ?? 0))
        #expect(second.ledger.birth == first.ledger.birth)
        #expect(second.ledger.window[.processing, .operations] == 2)
        running.cancel()
        await running.value
    }

    @Test("a poller that has ended has let go of its ledger")
    func closed() async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 3]))
        let subject = try Subject(api)
        let running = Task { [poller = subject.poller] in await poller.run() }
        _ = try await eventually("a first poll") { subject.published.withLock { $0 }?.health.polls == 1 ? true : nil }
        #expect(throws: LedgerError.self) { try Ledger(folder: subject.folder.path, owner: self.owner()) }
        running.cancel()
        await running.value
        #expect(throws: Never.self) { try Ledger(folder: subject.folder.path, owner: self.owner()) }
    }
}
