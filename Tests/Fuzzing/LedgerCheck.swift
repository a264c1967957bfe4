import Foundation
internal import HTTPServer
internal import Ledger
internal import Operations
internal import Polling
internal import SQLite
internal import TestSupport
internal import Web

/// Opens ledgers that somebody has crafted, with right checksums, lives a week on with each, and holds what becomes of it
/// against what is promised.
package final class LedgerCheck {
    private static let owner = LedgerOwner(account: "default", resource: "messages", accountSID: accountSID("1"))
    private static let other = LedgerOwner(account: "default", resource: "messages", accountSID: accountSID("2"))
    private static let name = "default.messages.db"
    /// 2024-04-20T16:00:00Z.
    private static let birth = Timestamp(seconds: 1_713_628_800)

    private let folder: TemporaryFolder
    private var path: String { folder.path + "/" + Self.name }
    private var aside: String { path + ".set-aside-20240101T000000Z" }
    /// The files of the owner's sound ledger, and of another account SID's.
    private let (image, otherImage): ([UInt8], [UInt8])

    package init() throws {
        folder = try TemporaryFolder()
        (image, otherImage) = (
            try Self.image(of: Self.owner, in: folder.path + "/1"),
            try Self.image(of: Self.other, in: folder.path + "/2")
        )
    }

    private static func image(of owner: LedgerOwner, in folder: String) throws -> [UInt8] {
        do {
            let ledger = try Ledger(folder: folder, owner: owner)
            try ledger.confirmOwner()
            try list(in: ledger, at: birth)
            try ledger.completeWindow()
        }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
    }

    /// Bytes that begin with 0xFF are patches of the file: three bytes of an offset, one of a length, and so many bytes. All
    /// others are SQL to change it by, which is cut off where it takes too long.
    ///
    /// After 0xFE they are for a ledger that lies aside and is taken back; after 0xFD they are the log of one.
    package func run(_ bytes: [UInt8]) throws {
        let liesAside = bytes.first.map { (0xFD...0xFE).contains($0) } ?? false
        let place = liesAside ? aside : path
        try begin(at: place)
        if liesAside { try Data(otherImage).write(to: URL(fileURLWithPath: path)) }
        let rest = liesAside ? bytes.dropFirst() : bytes[...]
        if bytes.first == 0xFD {
            try Data(rest).write(to: URL(fileURLWithPath: place + "-wal"))
        } else if rest.first == 0xFF {
            try Data(patched(by: rest.dropFirst())).write(to: URL(fileURLWithPath: place))
        } else {
            try change(place, by: String(decoding: rest, as: UTF8.self))
        }
        let start = ContinuousClock.now
        try check(bytes)
        try promise(ContinuousClock.now - start < .seconds(20), "it takes more than 20 seconds")
    }

    /// Puts the sound file in an empty folder.
    private func begin(at place: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.removeItem(atPath: folder.path + "/" + name)
        }
        try Data(image).write(to: URL(fileURLWithPath: place))
    }

    private func patched(by bytes: ArraySlice<UInt8>) -> [UInt8] {
        var file = image
        var rest = bytes
        while rest.count > 4 {
            let head = rest.prefix(4).map { Int($0) }
            let offset = (head[0] << 16 | head[1] << 8 | head[2]) % file.count
            rest = rest.dropFirst(4)
            for (place, byte) in zip(offset..<file.count, rest.prefix(head[3])) { file[place] = byte }
            rest = rest.dropFirst(head[3])
        }
        return file
    }

    private func change(_ path: String, by sql: String) throws {
        // These write other files.
        guard !["attach", "vacuum", "temp_store"].contains(where: sql.lowercased().contains) else { return }
        let connection = try Connection(path: path)
        try connection.execute("PRAGMA synchronous = OFF")
        connection.limitSteps(to: 1_000_000)
        for statement in sql.split(separator: ";;") { try? connection.execute(String(statement)) }
        try? connection.execute("ROLLBACK")
        // A file that cannot be sealed is no ledger.
        try? LedgerSeal.seal(connection)
    }

    private func check(_ bytes: [UInt8]) throws {
        let state: LedgerState
        do {
            let ledger = try Ledger(folder: folder.path, owner: Self.owner)
            try show(ledger)
            do { try live(with: ledger) } catch LedgerError.ahead {
                // A later time than ours is a wrong clock, which only whoever runs the exporter can judge.
            } catch LedgerError.damaged(_, let detail) {
                try ledger.beginAfresh(because: detail)
                try live(with: ledger)
            }
            try promise(ledger.dispute == nil, "the ledger is still another's")
            try show(ledger)
            if bytes == [0xFE] {
                try promise(ledger.ownerChange?.takenBack != nil, "a sound ledger is not taken back")
            }
            state = ledger.state
        }
        let again = try Ledger(folder: folder.path, owner: Self.owner)
        try promise(again.recovery == nil, "what was saved is set aside: \(again.recovery.map { "\($0)" } ?? "")")
        try promise(again.state == state, "what was saved is not what is loaded")
    }

    /// A week of what a poller does.
    private func live(with ledger: Ledger) throws(LedgerError) {
        ledger.pollBegins()
        try ledger.verify()
        try ledger.confirmOwner()
        for hours: Int64 in [1, 100, 169, 170, 900] {
            let now = Self.birth + .seconds(hours * 3600)
            try ledger.uncover(after: now)
            while try ledger.retire(at: now) {}
            try Self.list(in: ledger, at: now)
            for status in [OperationStatus.scheduled, .processing] { _ = try ledger.unfinished(status) }
            let overdue = try ledger.overdueIDs()
            _ = try ledger.expire(Array(overdue.prefix(3)))
            _ = try ledger.oldestHeld(from: Self.birth, to: now)
            _ = try ledger.newestHeld(from: now - Operation.retention, to: now)
            try ledger.giveUp(before: now - .seconds(500_000))
            try ledger.completeWindow()
        }
    }

    /// Lists operations of the hour before `now`, and those of the first hour again.
    private static func list(in ledger: Ledger, at now: Timestamp) throws(LedgerError) {
        let times = [birth, now].map { $0 - .seconds(3600) }
        let page = times.flatMap { start in
            (0..<10).map { (number: Int64) in
                let stats: Stats = [.total: 9, .sent: number, .delivered: number / 2, .failed: 9 - number]
                return Sighting(
                    Operation(
                        id: "op_\(start.wholeSeconds)_\(number)", status: OperationStatus.allCases[Int(number) % 5],
                        stats: stats, createdAt: start + .seconds(number * 360), updatedAt: now))
            }
        }
        try ledger.record(page, at: now, wall: now)
        try ledger.settleBirth(listedSince: now - .seconds(3600), isComplete: true)
        try ledger.cover([Coverage.Span(start: now - .seconds(3600), end: now)])
    }

    /// Has the ledger's numbers on both pages.
    private func show(_ ledger: Ledger) throws {
        let snapshot = AccountSnapshot(
            account: "default", resource: .messages, health: PollHealth(), ledger: ledger.state,
            reading: ledger.readingInForce)
        let published = Published(initial: [snapshot], configuredAt: Self.birth)
        let routes = Routes(published: published, telemetryPath: "/metrics") { _, _ in true }
        for path in ["/metrics", "/"] {
            guard case .now(let response) = routes.respond(to: ServerRequest(method: "GET", path: path)) else {
                throw BrokenPromise("\(path) is not answered")
            }
            try promise(response.status == 200, "\(path) is answered with \(response.status)")
        }
        for total in Total.allCases {
            let value = ledger.state.totals[total]
            try promise((0...1 << 58).contains(value), "\(total) is \(value)")
        }
    }
}
