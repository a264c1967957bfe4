import CommsAPI
import Foundation
import HTTPServer
import Ledger
import Locking
import Operations
import TestSupport
import Testing

@testable import Polling

/// A poller whose ledger belongs to another account SID than the one that it is configured with.
extension PollerTests {
    private func settings(_ sid: String?, _ api: FakeAPI, _ subject: Subject) throws -> PollSettings {
        PollSettings(
            client: try api.client(subject.journal.note), plan: PollPlan(interval: .seconds(3600)),
            reading: .cumulative,
            owner: LedgerOwner(account: "default", resource: "messages", accountSID: sid))
    }

    private func asides(_ subject: Subject) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: subject.folder.path).filter { $0.contains(".set-aside-") }
    }

    private static let refused: @Sendable (ServerRequest) -> ServerResponse? = { _ in .json(401, "{}") }

    /// A poller of the first account that runs, and whose counters show 3 messages.
    private func running(_ api: FakeAPI) async throws -> (Subject, Task<Void, Never>) {
        let subject = try Subject(api, plan: PollPlan(interval: .seconds(3600)), sid: accountSID("1"))
        let running = Task { [poller = subject.poller] in await poller.run() }
        _ = try await eventually("a first poll") { subject.published.withLock { $0 }?.health.polls == 1 ? true : nil }
        api.put(operation("b", age: now - .wallClock() - .seconds(1), stats: [.total: 3]))
        subject.poller.change(to: try settings(accountSID("1"), api, subject))
        _ = try await eventually("a second poll") { subject.snapshot.health.polls == 2 ? true : nil }
        #expect(subject.gained(.messages) == 3)
        return (subject, running)
    }

    @Test("a wrong SID is down until it is corrected, and then all counters go on: nothing lies aside")
    func wrongSID() async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 7]))
        let (subject, running) = try await running(api)
        let before = subject.snapshot.ledger
        let released = Latch()
        defer { released.open() }
        api.fail { request in
            while !released.isOpen { usleep(1000) }
            return Self.refused(request)
        }
        subject.poller.change(to: try settings(accountSID("2"), api, subject))
        let dispute = """
            the ledger \(subject.path) belongs to account SID \(accountSID("1")), and the configured account SID \
            \(accountSID("2")) has not had an answer 200 from the API: counters stand still; correct the account SID, or its credentials
            """
        // Also while the API says nothing at all.
        _ = try await eventually("it is down") { subject.snapshot.health.lastPollSucceeded ? nil : true }
        #expect(subject.snapshot.health.faults == [dispute])
        #expect(subject.snapshot.ledger == before)
        released.open()
        _ = try await eventually("a poll is refused") { subject.snapshot.health.polls == 3 ? true : nil }
        let refused = subject.snapshot
        #expect(!refused.health.lastPollSucceeded)
        #expect(refused.health.failures == [.api(.auth): 1])
        #expect(refused.health.faults.count == 1)
        #expect(refused.health.faults.first?.hasSuffix("; " + dispute) == true, "\(refused.health.faults)")
        #expect(refused.ledger == before)
        api.fail()
        api.put(operation("b", age: now - .wallClock() - .seconds(1), stats: [.total: 3, .delivered: 2]))
        subject.poller.change(to: try settings(accountSID("1"), api, subject))
        _ = try await eventually("it polls again") { subject.snapshot.health.polls == 4 ? true : nil }
        #expect(subject.snapshot.health.lastPollSucceeded)
        #expect(subject.snapshot.ledger.birth == before.birth)
        #expect(subject.gained(.messages) == 3 && subject.gained(.delivered) == 2)
        #expect(try asides(subject).isEmpty)
        let log = subject.log.withLock { $0 }
        #expect(log.first == dispute)
        #expect(log.dropFirst().first?.hasPrefix("poll failed: ") == true)
        #expect(log.count { $0.hasSuffix(dispute) } == 2)
        running.cancel()
        await running.value
    }

    @Test("an account that answers begins its own counters, and the first one's are taken back with its marks")
    func otherAccount() async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 7]))
        let (subject, running) = try await running(api)
        let other = try FakeAPI(operation("x", stats: [.total: 5]))
        for (sid, api, polls) in [(accountSID("2"), other, 3 as Int64), (accountSID("1"), api, 4)] {
            subject.poller.change(to: try settings(sid, api, subject))
            _ = try await eventually("a poll as \(sid)") { subject.snapshot.health.polls == polls ? true : nil }
            #expect(subject.snapshot.health.lastPollSucceeded)
            #expect(subject.snapshot.health.faults.isEmpty)
            #expect(subject.snapshot.ledger.totals[.recoveries] == polls - 2)
            #expect(subject.gained(.messages) == 0)
            #expect(subject.operations == (sid == accountSID("2") ? 1 : 2))
            #expect(subject.snapshot.ledger.windowIsComplete)
            #expect(subject.snapshot.health.ledgerBegan == subject.snapshot.ledger.birth)
        }
        api.put(operation("b", age: now - .wallClock() - .seconds(1), stats: [.total: 4]))
        subject.poller.change(to: try settings(nil, api, subject))
        _ = try await eventually("a last poll") { subject.snapshot.health.polls == 5 ? true : nil }
        #expect(subject.gained(.messages) == 1)
        #expect(try asides(subject).count == 1)
        let log = subject.log.withLock { $0.filter { $0.hasPrefix("ledger set aside") } }
        #expect(log.count == 2)
        #expect(log.first?.hasPrefix("ledger set aside and a fresh one begun: \(subject.path) ") == true)
        let outcome = "belonged to account SID \(accountSID("2")), and the API answers account SID \(accountSID("1"))"
        #expect(log.last?.contains(outcome) == true)
        running.cancel()
        await running.value
    }

    @Test(
        "a start, and a single poll, leave another account's ledger as it is unless the API answers",
        arguments: [401, 500, 200, 204])
    func start(status: Int) async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 7]))
        let folder = try TemporaryFolder()
        do { #expect(await (try Subject(api, folder: folder, sid: accountSID("1"))).poller.poll() == nil) }
        let before = try Ledger(
            folder: folder.path,
            owner: LedgerOwner(account: "default", resource: "messages", accountSID: accountSID("1"))
        ).state
        let subject = try Subject(api, folder: folder, sid: accountSID("2"))
        // A page that cannot be read is no answer, and neither is none.
        api.fail { _ in .json(status, status == 204 ? "" : "<html>") }
        #expect(await subject.poller.poll() != nil)
        #expect(subject.snapshot.ledger == before)
        #expect(subject.snapshot.health.faults.first?.contains("belongs to account SID \(accountSID("1"))") == true)
        #expect(try asides(subject).isEmpty)
    }

    @Test("a ledger of no SID goes to the first account whose list has content")
    func firstOwner() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api, sid: accountSID("1"))
        let other = try settings(accountSID("2"), api, subject)
        api.fail { $0.id == nil ? .json(204, "") : nil }
        #expect(await subject.poller.poll() == nil)
        let running = Task { [poller = subject.poller] in await poller.run() }
        subject.poller.change(to: other)
        _ = try await eventually("the second account polls") { subject.snapshot.health.polls == 2 ? true : nil }
        #expect(subject.snapshot.health.lastPollSucceeded)
        #expect(subject.snapshot.ledger.totals[.recoveries] == 0)
        api.fail()
        subject.poller.change(to: other)
        _ = try await eventually("the second account is answered") { subject.snapshot.health.polls == 3 ? true : nil }
        #expect(subject.operations == 1)
        #expect(subject.snapshot.ledger.totals[.recoveries] == 0)
        subject.poller.change(to: try settings(accountSID("1"), api, subject))
        _ = try await eventually("the first account is answered") { subject.snapshot.health.polls == 4 ? true : nil }
        #expect(subject.snapshot.ledger.totals[.recoveries] == 1)
        running.cancel()
        await running.value
    }

    @Test("a ledger of no SID is claimed by a later list, where the first one has no content")
    func laterOwner() async throws {
        let api = try FakeAPI(operation("a"))
        let folder = try TemporaryFolder()
        api.fail { $0.id == nil && $0.start == nil ? .json(204, "") : nil }
        do { #expect(await (try Subject(api, folder: folder, sid: accountSID("1"))).poller.poll() == nil) }
        let ledger = try Ledger(
            folder: folder.path,
            owner: LedgerOwner(account: "default", resource: "messages", accountSID: accountSID("2")))
        #expect(ledger.dispute?.holder == accountSID("1"))
        #expect(ledger.state.totals[.operationsHeld] == 1)
    }
}
