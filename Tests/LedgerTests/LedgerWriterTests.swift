import Foundation
import Glibc
import Operations
import SQLite
import TestSupport
import Testing

@testable import Ledger

/// One ledger is written by one process alone, whatever becomes of its lock file and its names.
@Suite struct LedgerWriterTests {
    static let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
    static let name = "default.messages.db"

    let place: TemporaryFolder
    let folder: String
    var path: String { folder + "/" + Self.name }

    init() throws {
        place = try TemporaryFolder()
        folder = place.path + "/ledgers"
    }

    private func open(in folder: String? = nil) throws -> Ledger {
        try Ledger(folder: folder ?? self.folder, owner: Self.owner)
    }

    private func record(_ id: String, in ledger: Ledger) throws {
        try ledger.record([.make(id, [.total: 5, .sent: 5])], at: LedgerTests.birth)
    }

    /// The messages that the ledger's file has counted, and the number of its operations.
    private func counted() throws -> [Int64?] {
        let connection = try Connection(path: path)
        return [
            try connection.integer("SELECT value FROM total WHERE key = 'gained.messages'"),
            try connection.integer("SELECT count(*) FROM operation"),
        ]
    }

    @Test("a second one is refused where the lock file was deleted, and the first goes on", arguments: [1, 3])
    func deletedLock(times: Int) throws {
        let ledger = try open()
        try record("a", in: ledger)
        for _ in 0..<times {
            try FileManager.default.removeItem(atPath: path + ".lock")
            #expect(throws: LedgerError.inUse(path: path)) { try open() }
        }
        try record("b", in: ledger)
        #expect(try counted() == [10, 2])
        ledger.close()
        #expect(try open().state.totals[.gained(.messages)] == 10)
    }

    @Test(
        "a second one is refused that finds the same file by another name",
        arguments: ["symbolic link", "hard link", "link to the folder"])
    func otherName(kind: String) throws {
        let ledger = try open()
        try record("a", in: ledger)
        let other = place.path + "/other"
        let files = FileManager.default
        switch kind {
        case "link to the folder": try files.createSymbolicLink(atPath: other, withDestinationPath: folder)
        case "symbolic link":
            try files.createDirectory(atPath: other, withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: other + "/" + Self.name, withDestinationPath: path)
        default:
            try files.createDirectory(atPath: other, withIntermediateDirectories: true)
            try files.linkItem(atPath: path, toPath: other + "/" + Self.name)
        }
        #expect(throws: LedgerError.inUse(path: other + "/" + Self.name)) { try open(in: other) }
        try record("b", in: ledger)
        #expect(try counted() == [10, 2])
    }

    @Test("a fresh ledger is locked as the one before it was, by which it was set aside")
    func fresh() throws {
        let ledger = try open()
        try record("a", in: ledger)
        try ledger.beginAfresh(because: "a test")
        try FileManager.default.removeItem(atPath: path + ".lock")
        #expect(throws: LedgerError.inUse(path: path)) { try open() }
        let aside = try #require(ledger.recovery?.setAside)
        #expect(try DatabaseLock(path: aside) != nil)
    }

    /// True if SQLite has its shared lock on the database (https://sqlite.org/fileformat2.html#the_lock_byte_page). Asked as an
    /// open file description, since a process is never told of its own locks.
    private func isLocked(_ descriptor: Int32) throws -> Bool {
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = 0x4000_0002
        range.l_len = 510
        // F_OFD_GETLK.
        try #require(fcntl(descriptor, 36, &range) == 0)
        return range.l_type != Int16(F_UNLCK)
    }

    @Test("to be refused costs the first none of SQLite's own locks")
    func locksStay() throws {
        let ledger = try open()
        try record("a", in: ledger)
        // Closing it would drop the locks, so it stays open until the end.
        let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        #expect(try isLocked(descriptor))
        try FileManager.default.removeItem(atPath: path + ".lock")
        #expect(throws: LedgerError.inUse(path: path)) { try open() }
        #expect(try isLocked(descriptor))
        ledger.close()
    }

    @Test("one whose state another process has replaced writes no more, and keeps its numbers")
    func foreignWrite() throws {
        let ledger = try open()
        try record("a", in: ledger)
        let before = ledger.state
        do {
            // As another exporter writes to it.
            let other = try Connection(path: path)
            var state = before
            state.totals.add(7, to: .gained(.messages))
            try other.transaction { () throws(SQLiteError) in try StateTables(other).save(state, over: before) }
        }
        let token = try String(contentsOfFile: path + ".lock", encoding: .utf8)
        try "12345678901234567890\n".write(toFile: path + ".lock", atomically: true, encoding: .utf8)
        // The reason by which the other is found before it has written.
        #expect(throws: LedgerError.lost(path: path, detail: "another process has begun to use it")) {
            try record("b", in: ledger)
        }
        try token.write(toFile: path + ".lock", atomically: true, encoding: .utf8)
        for id in ["b", "c"] {
            let error = #expect(throws: LedgerError.self) { try record(id, in: ledger) }
            #expect(
                error?.description
                    == "nothing is written to the ledger \(path) any more: another process has written to it;"
                    + " see that one exporter alone uses it, then restart this one")
        }
        #expect(ledger.state == before)
        #expect(try counted() == [12, 1])
        ledger.close()
        let next = try open()
        try record("b", in: next)
        #expect(try counted() == [17, 2])
    }

    @Test("one that finds another process's token in its lock file writes no more")
    func foreignToken() throws {
        let ledger = try open()
        try record("a", in: ledger)
        let token = try String(contentsOfFile: path + ".lock", encoding: .utf8)
        #expect(token.wholeMatch(of: /\d{20}\n/) != nil)
        for harmless in ["", "1\n"] { try harmless.write(toFile: path + ".lock", atomically: true, encoding: .utf8) }
        try record("b", in: ledger)
        let other = String(token.reversed().drop { $0 == "\n" }) + "\n"
        try other.write(toFile: path + ".lock", atomically: true, encoding: .utf8)
        #expect(throws: LedgerError.lost(path: path, detail: "another process has begun to use it")) {
            try record("c", in: ledger)
        }
        #expect(throws: LedgerError.lost(path: path, detail: "another process has begun to use it")) {
            try ledger.beginAfresh(because: "a test")
        }
        #expect(try counted() == [10, 2])
    }

    @Test("no account SID is written to a ledger that another process has begun to use")
    func foreignTokenBeforeSID() throws {
        let ledger = try open()
        try record("a", in: ledger)
        try "12345678901234567890\n".write(toFile: path + ".lock", atomically: true, encoding: .utf8)
        ledger.belong(to: LedgerOwner(account: "default", resource: "messages", accountSID: accountSID("1")))
        #expect(throws: LedgerError.lost(path: path, detail: "another process has begun to use it")) {
            try ledger.confirmOwner()
        }
        #expect(ledger.dispute == nil)
        let sids = "SELECT count(*) FROM ledger WHERE key = 'account_sid'"
        #expect(try Connection(path: path).integer(sids) == 0)
    }

    @Test("one whose file has been removed or replaced says so, and neither writes to it nor sets the other aside")
    func replaced() throws {
        let ledger = try open()
        try record("a", in: ledger)
        let files = FileManager.default
        try files.moveItem(atPath: path, toPath: path + ".away")
        #expect(throws: LedgerError.lost(path: path, detail: "it was removed")) { try record("b", in: ledger) }
        try "something else".write(toFile: path, atomically: true, encoding: .utf8)
        let lost = LedgerError.lost(path: path, detail: "another file has taken its place")
        #expect(throws: lost) { try record("b", in: ledger) }
        #expect(throws: lost) { try ledger.beginAfresh(because: "a test") }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "something else")
    }

    @Test("a file that was only away for a while is written again")
    func awayForAWhile() throws {
        let ledger = try open()
        try record("a", in: ledger)
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        #expect(throws: LedgerError.self) { try record("b", in: ledger) }
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        try record("b", in: ledger)
        #expect(try counted() == [10, 2])
    }

    @Test("what is no file is refused, and neither opened nor moved", arguments: ["folder", "pipe"])
    func noFile(kind: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if kind == "pipe" { mkfifo(path, 0o600) } else { mkdir(path, 0o700) }
        let error = #expect(throws: LedgerError.self) { try open() }
        let detail = kind == "pipe" ? "it is no regular file; move it away" : "Is a directory"
        #expect(error?.description.hasPrefix("cannot use the ledger \(path): \(detail)") == true, "\(error!)")
    }
}
