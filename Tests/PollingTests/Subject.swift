import CommsAPI
import Ledger
import Locking
import Logging
import Operations
import TestSupport

@testable import Polling

/// A poller, its ledger's file, and what it published last.
final class Subject {
    let poller: Poller
    let published = Locked<AccountSnapshot?>(nil)
    let log = Locked<[String]>([])
    let folder: TemporaryFolder
    let journal = RequestJournal()

    init(_ api: FakeAPI, folder: TemporaryFolder? = nil, plan: PollPlan = PollPlan(), sid: String? = nil) throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        let owner = LedgerOwner(account: "default", resource: "messages", accountSID: sid)
        let (published, log) = (published, log)
        poller = Poller(
            account: "default", resource: .messages, client: try api.client(journal.note), journal: journal,
            ledger: try Ledger(folder: folder.path, owner: owner), plan: plan,
            log: Logger(label: "test") { _ in CapturingHandler(lines: log) },
            publish: { snapshot in published.withLock { $0 = snapshot } })
    }

    var path: String { folder.path + "/default.messages.db" }

    /// What was published last; every test has polled before it asks.
    var snapshot: AccountSnapshot { published.withLock { $0 }! }

    /// The number of operations in the window.
    var operations: Int64 { OperationStatus.allCases.reduce(0) { $0 + snapshot.ledger.window[$1, .operations] } }

    func gained(_ milestone: Milestone) -> Int64 { snapshot.ledger.totals[.gained(milestone)] }
}

/// Keeps the messages of a log, in order, debug left out.
private struct CapturingHandler: LogHandler {
    let lines: Locked<[String]>
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(lines: Locked<[String]>) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message)") }
    }
}
