import Operations
import SQLite

@testable import Ledger

/// A ledger that lives through a history in one folder, as far as it gets.
struct LedgerRun {
    static let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
    static let name = "default.messages.db"

    private let history: History
    private let folder: String
    private(set) var ledger: Ledger?
    /// The number of the step that is next.
    private(set) var next = 0
    private var now = History.start
    /// This machine's clock is so many units ahead.
    private var wall: Int64 = 0
    /// Whether the ledger has been told to begin afresh, which it then tries at every call.
    private var isBeginningAfresh = false

    /// Opens the ledger before the first step.
    init(_ history: History, in folder: String) throws {
        self.history = history
        self.folder = folder
        ledger = try Ledger(folder: folder, owner: Self.owner, forcedReading: history.forcedReading)
    }

    /// Goes on with another step than the first.
    mutating func skip(to step: Int) {
        next = step
        now = history.steps.prefix(step).reduce(History.start) { now, step in
            if case .clock(let units) = step { History.time(now, units) } else { now }
        }
        wall = history.steps.prefix(step).reduce(0) { wall, step in
            if case .wall(let units) = step { units } else { wall }
        }
    }

    var isOver: Bool { next == history.steps.count }

    /// What is committed now.
    func committed() throws -> Committed {
        let rows = try connection().prepare(
            "SELECT group_concat(id || ' ' || checksum) FROM (SELECT id, checksum FROM operation ORDER BY id)")
        _ = try rows.step()
        return Committed(state: ledger?.state ?? LedgerState(), rows: rows.text(0))
    }

    /// Whether a ledger whose next step has failed is as it was before, if it is open at all.
    func isStill(_ committed: Committed) throws -> Bool {
        guard let ledger else { return true }
        // Its file may have been moved away already.
        if case .beginAfresh = history.steps[next] { return ledger.state == committed.state }
        return try self.committed() == committed
    }

    /// Takes the next step. One that has thrown may be taken again.
    mutating func takeStep() throws {
        let step = history.steps[next]
        do throws(LedgerError) {
            switch step {
            case .record(let page):
                // Each page is a poll of its own: a process that goes on after a cut begins a new one as well.
                ledger?.pollBegins()
                try ledger?.record(page, at: now, wall: History.time(now, wall))
            case .poll: ledger?.pollBegins()
            case .retire: while try ledger?.retire(at: now) ?? false {}
            case .cover(let from, let to):
                try ledger?.cover(from: History.time(now, from), to: History.time(now, to))
            case .completeWindow: try ledger?.completeWindow()
            case .settleBirth(let start, let isComplete):
                try ledger?.settleBirth(listedSince: History.time(now, start), isComplete: isComplete)
            case .giveUp(let limit): try ledger?.giveUp(before: History.time(now, limit))
            case .uncover: try ledger?.uncover(after: now)
            case .expire(let id): _ = try ledger?.expire([id])
            case .clock(let units): now = History.time(now, units)
            case .wall(let units): wall = units
            case .beginAfresh where isBeginningAfresh:
                _ = try ledger?.unfinished(.scheduled).map(\.id)
            case .beginAfresh:
                isBeginningAfresh = true
                try ledger?.beginAfresh(because: "a test")
            case .restart:
                ledger = nil
                ledger = try Ledger(folder: folder, owner: Self.owner, forcedReading: history.forcedReading)
            }
        } catch {
            // A history may set the clock back by more than a ledger allows.
            guard case .ahead = error else { throw error }
        }
        // As SQLite does of itself after a thousand pages, which no short history has.
        if next % 5 == 4 { try? connection().execute("PRAGMA wal_checkpoint") }
        isBeginningAfresh = false
        next += 1
    }

    mutating func takeAllSteps() throws {
        while !isOver { try takeStep() }
    }

    private func connection() throws -> Connection {
        try Connection(path: folder + "/" + Self.name)
    }
}
