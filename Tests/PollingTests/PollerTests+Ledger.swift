import CommsAPI
import Glibc
import HTTPServer
import Ledger
import Locking
import Operations
import SQLite
import TestSupport
import Testing

import struct Foundation.Data
import class Foundation.FileHandle

@testable import Polling

// A ledger or a clock that does not do its part.
extension PollerTests {
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

    @Test(
        "the ledger's counters begin at its birth, unless that was in doubt when the process began",
        arguments: [false, true])
    func start(isAhead: Bool) async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 10]))
        let start = ContinuousClock.now
        if isAhead {
            api.fail { _ in
                // A time that stands still would be a cache's.
                let seconds = (ContinuousClock.now - start).components.seconds
                let date = "Fri, 01 Jan 2038 00:00:\(10 + seconds % 50) GMT"
                return .json(200, #"{"operations": []}"#, headers: [(name: "Date", value: date)])
            }
        }
        let folder = try TemporaryFolder()
        var births: Set<Timestamp?> = []
        // A start, and a restart.
        for isFirst in [true, false] {
            let subject = try Subject(api, folder: folder)
            for _ in 0..<2 {
                #expect(await subject.poller.poll() == nil)
                let birth = subject.snapshot.ledger.birth
                births.insert(birth)
                // It may have moved while it was in doubt.
                if !isAhead || !isFirst { #expect(subject.snapshot.health.ledgerBegan == birth) }
            }
        }
        #expect(births.count == 1)
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

    @Test("an API whose clock was days behind for one poll does not stop the exporter")
    func slowClock() async throws {
        let api = try FakeAPI(operation("a", stats: [.total: 10]))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.fail { request in
            let headers = [(name: "Date", value: "Sat, 20 Apr 2024 16:00:00 GMT")]
            return request.id == nil ? .json(200, #"{"operations": []}"#, headers: headers) : nil
        }
        #expect(await subject.poller.poll() == nil)
        api.fail()
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.health.clockSkew < .seconds(1))
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

    @Test("what is known is forgotten when the account turns, so that the slice is listed again at once, and only then")
    func relisting() async throws {
        let open = operation("a", stats: [.sent: 5, .delivered: 3])
        let api = try FakeAPI(open)
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        for number in 0..<10 {
            api.put(operation("b\(number)", stats: [.total: 10, .queued: 1, .sent: 5, .delivered: 4]))
        }
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.reading == .exclusive)
        let list = ["", " 2", " 4", " 6", " 8", " 10"].map { "list 168h PROCESSING\($0)" }
        #expect(api.takeRequests().map(\.summary) == ["list 1h"] + list + list)
        #expect(await subject.poller.poll() == nil)
        #expect(api.takeRequests().map(\.summary) == ["list 1h"] + list)
    }

    @Test("numbers that do not add up count at the next poll that shows them, though the text is the same")
    func waits() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.put(operation("a", age: now - .wallClock(), stats: [.total: 10, .sent: 2, .delivered: 5]))
        #expect(await subject.poller.poll() == nil)
        #expect(subject.gained(.sent) == 5)
        #expect(await subject.poller.poll() == nil)
        #expect(subject.gained(.sent) == 7)
    }

    @Test("the next page is asked for while one is being recorded")
    func readingAhead() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        for index in 0..<3 { api.put(operation("n\(index)", age: .seconds(60), stats: [.total: 1])) }
        let other = Locked(SendableConnection(try Connection(path: subject.path)))
        // From the first page on the ledger cannot be written to, until the second one is asked for.
        api.fail { request in
            switch request.summary {
            case "list 1h": other.withLock { try? $0.connection.execute("BEGIN IMMEDIATE") }
            case "list 1h 2": other.withLock { try? $0.connection.execute("ROLLBACK") }
            default: break
            }
            return nil
        }
        // On a machine with much else to do the poller may give up on the ledger before.
        for _ in 0..<20 {
            if await subject.poller.poll() == nil { return }
            other.withLock { try? $0.connection.execute("ROLLBACK") }
        }
        Issue.record("no page was asked for while the one before was being recorded")
    }

    private struct SendableConnection: @unchecked Sendable {
        // Proof: whoever uses it holds the lock it is kept in.
        let connection: Connection

        init(_ connection: Connection) {
            self.connection = connection
        }
    }
}
