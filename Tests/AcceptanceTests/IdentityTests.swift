import Foundation
import HTTPServer
import Locking
import Operations
import SQLite
import TestSupport
import Testing

/// The built exporter, told of another account SID than the one that its ledger belongs to.
@Suite(.fewAtATime) struct IdentityTests {
    /// The simulator's account, one with a wrong digit, and another that is real.
    private static let (own, wrong, other) = (
        "AC00000000000000000000000000000000", "AC00000000000000000000000000000010", "AC0000000000000000000000000000000b"
    )
    private static let (messages, up) = (series("messages_total", account: "a"), series("up", account: "a"))
    private static let polls = series("polls_total", account: "a")

    private func write(_ sid: String, _ baseURL: String, to file: AccountsFile) throws {
        try file.write(
            "accounts:\n  - {name: a, account_sid: \(sid), auth_token_file: \(file.tokenPath), base_url: \"\(baseURL)\"}\n"
        )
    }

    /// The databases of a folder.
    private func ledgers(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
            ![".lock", "-wal", "-shm"].contains { name.hasSuffix($0) }
        }.sorted()
    }

    /// All that a ledger of a folder holds: its keys, totals and operations.
    private func content(_ folder: String) throws -> [String] {
        let connection = try Connection(path: folder + "/default.messages.db")
        return try ["ledger", "total", "operation", "coverage"].flatMap { table in
            var rows: [String] = []
            try connection.prepare("SELECT * FROM \(table)").forEachRow { row in
                rows.append((0..<Int32(table == "operation" ? 32 : 2)).map { row.text($0) }.joined(separator: "|"))
            }
            return rows
        }
    }

    /// An API that answers to two accounts, each with operations of its own: id, creation time, total and sent.
    private final class TwoAccounts: Sendable {
        typealias Entry = (id: String, created: Timestamp, total: Int, sent: Int)
        private let entries = Locked<[String: [Entry]]>([:])
        private let api: StandIn
        var baseURL: String { api.baseURL }

        init() throws {
            let entries = entries
            api = try StandIn { request in
                let user = entries.withLock { accounts in
                    accounts.keys.first { sid in
                        let pair = Data("\(sid):simulator".utf8).base64EncodedString()
                        return request.header("authorization") == "Basic \(pair)"
                    }.map { accounts[$0] ?? [] }
                }
                guard let user else { return ServerResponse(status: 401, headers: [], body: []) }
                let listed = user.filter { entry in
                    request.query("startDate").flatMap(Timestamp.init(rfc3339:)).map { entry.created >= $0 } ?? true
                        && request.query("endDate").flatMap(Timestamp.init(rfc3339:)).map { entry.created <= $0 }
                            ?? true
                        && request.query("status") ?? "COMPLETED" == "COMPLETED"
                }
                let objects = listed.map { entry in
                    #"{"id": "\#(entry.id)", "status": "COMPLETED", "createdAt": "\#(entry.created)", "#
                        + #""updatedAt": "\#(entry.created)", "stats": {"total": \#(entry.total), "sent": \#(entry.sent)}}"#
                }
                return .json(#"{"operations": [\#(objects.joined(separator: ","))], "pagination": {"next": null}}"#)
            }
        }

        func set(_ sid: String, _ operations: [Entry]) {
            entries.withLock { $0[sid] = operations }
        }
    }

    @Test("a wrong digit and a reload: the counters stand still, and go on when it is corrected")
    func wrongDigit() async throws {
        let file = try AccountsFile()
        let simulator = try await SimulatorProcess(["--rate=600", "--pace=60", "--history=1h"])
        try write(Self.own, simulator.baseURL, to: file)
        let exporter = try await file.start()
        let first = try await exporter.scrape(when: "messages are counted") { ($0[Self.messages] ?? 0) > 0 }
        try write(Self.wrong, simulator.baseURL, to: file)
        #expect(try exporter.reload() == (200, "Reloaded.\n"))
        let path = "\(file.storage)/a.messages.db"
        let refused = try await exporter.scrape(when: "the API refuses") {
            ($0[series("poll_failures_total", #"reason="auth""#, account: "a")] ?? 0) == 1
        }
        #expect(refused[Self.up] == 0)
        #expect(refused[series("ledger_recoveries_total", account: "a")] == 0)
        refused.expectNoStepBack(from: first)
        #expect(refused[Self.messages] ?? 0 > 0)
        let page = try await exporter.get("/").text
        #expect(page.contains("belongs to account SID \(Self.own)") && page.contains(Self.wrong))
        try write(Self.own, simulator.baseURL, to: file)
        #expect(try exporter.reload() == (200, "Reloaded.\n"))
        let last = try await exporter.scrape(when: "it polls again") { $0[Self.up] == 1 }
        last.expectNoStepBack(from: refused)
        let birth = series("ledger_birth_timestamp_seconds", account: "a")
        #expect(last[birth] == first[birth])
        #expect(last[series("ledger_recoveries_total", account: "a")] == 0)
        let end = await exporter.program.end()
        #expect(end.status == 0)
        #expect(try ledgers(file.storage) == ["a.messages.db"])
        let lines = end.errors.split(separator: "\n").filter { $0.contains(Self.wrong) && $0.contains(path) }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.contains(Self.own) })
        #expect(lines.first?.contains(" level=warn ") == true && lines.last?.contains(" level=error ") == true)
    }

    @Test(
        "another account that answers begins its own counters, and the first one's ledger is taken back when it returns"
    )
    func otherAccount() async throws {
        let file = try AccountsFile()
        let api = try TwoAccounts()
        let now = Timestamp(seconds: Timestamp.wallClock().wholeSeconds)
        let old = TwoAccounts.Entry("old", now - .seconds(86_400), 1000, 400)
        api.set(Self.own, [old])
        api.set(Self.other, [("x", now - .seconds(3600), 50, 50)])
        try write(Self.own, api.baseURL, to: file)
        let exporter = try await file.start()
        _ = try await exporter.scrape(when: "a first poll") { $0[Self.up] == 1 }
        let later = { TwoAccounts.Entry($0, Timestamp.wallClock() + .seconds(1), 10, $1) }
        let own = later("own", 4)
        api.set(Self.own, [old, own])
        let first = try await exporter.scrape(when: "the operation is counted") { $0[Self.messages] == 10 }
        let window = series("window_submitted_messages", #"status="completed""#, account: "a")
        _ = try await exporter.scrape(when: "the window has both") { $0[window] == 1010 }

        try write(Self.other, api.baseURL, to: file)
        #expect(try exporter.reload().status == 200)
        let second = try await exporter.scrape(when: "the other account is polled") {
            $0[Self.up] == 1 && $0[window] == 50
        }
        #expect(second[Self.messages] == 0)
        #expect(second[series("ledger_recoveries_total", account: "a")] == 1)
        api.set(Self.other, [later("y", 10)])
        _ = try await exporter.scrape(when: "the other account is counted") { $0[Self.messages] == 10 }

        // One of the operations has gone on meanwhile, and there is another.
        api.set(Self.own, [old, (own.id, own.created, 10, 9), later("between", 3)])
        try write(Self.own, api.baseURL, to: file)
        #expect(try exporter.reload().status == 200)
        let third = try await exporter.scrape(when: "the first account is back") {
            $0[Self.up] == 1 && $0[window] == 1020
        }
        let sent = series("message_outcomes_total", #"outcome="sent""#, account: "a")
        #expect(first[sent] == 4)
        #expect(third[sent] ?? -1 >= 5)
        #expect(third[Self.messages] ?? -1 <= 10)
        #expect(third[series("ledger_recoveries_total", account: "a")] == 2)
        let birth = series("ledger_birth_timestamp_seconds", account: "a")
        #expect(third[birth] ?? 0 > second[birth] ?? 0)

        let end = await exporter.program.end()
        #expect(end.status == 0)
        let lines = end.errors.split(separator: "\n").filter { $0.contains("ledger set aside") }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.contains(" level=error ") && $0.contains(Self.own) && $0.contains(Self.other) })
        let path = "\(file.storage)/a.messages.db"
        let kept = try lines.map { try #require($0.firstMatch(of: /kept_as=(\S+)/)?.1) }
        #expect(lines.last?.contains(" taken_back=\(kept[0])") == true)
        #expect(
            try ledgers(file.storage) == [
                "a.messages.db", String(kept[1].dropFirst(file.storage.count + 1)),
            ])
        let owner = try Connection(path: path).prepare("SELECT value FROM ledger WHERE key = 'account_sid'")
        #expect(try owner.step())
        #expect(owner.text(0) == Self.own)
    }

    @Test("--once, and starts that fail, change nothing of another account's ledger, nor does a start that is refused")
    func starts() async throws {
        let folder = try TemporaryFolder()
        // So that nothing is said of its mode.
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        let api = try TwoAccounts()
        api.set(Self.own, [("a", Timestamp.wallClock() - .seconds(60), 10, 10)])
        let environment = { (sid: String) in ["TWILIO_ACCOUNT_SID": sid, "TWILIO_AUTH_TOKEN": "simulator"] }
        let once = { (sid: String) in
            try await Program(
                "twilio-comms-exporter",
                ["--once", "--storage.path=\(folder.path)", "--twilio.base-url=\(api.baseURL)"],
                environment: environment(sid)
            ).wait()
        }
        let first = try await once(Self.own)
        #expect(first.status == 0)
        let before = try content(folder.path)
        #expect(before.contains("account_sid|\(Self.own)"))

        let refused = try await once(Self.wrong)
        #expect(refused.status == 1)
        let window = series("window_submitted_messages", #"status="completed""#)
        #expect(Samples(refused.output)[window] == 10)
        #expect(Samples(refused.output)[series("up")] == 0)
        #expect(refused.errors.split(separator: "\n").count == 1)
        #expect(
            refused.errors.contains("belongs to account SID \(Self.own), and the configured account SID \(Self.wrong)"))
        #expect(try content(folder.path) == before)
        #expect(try ledgers(folder.path) == ["default.messages.db"])

        let holder = try StandIn { _ in .text(200, "") }
        api.set(Self.other, [])
        let inUse = try await Program(
            "twilio-comms-exporter",
            [
                "--storage.path=\(folder.path)", "--twilio.base-url=\(api.baseURL)",
                "--web.listen-address=127.0.0.1:\(holder.server.port)",
            ], environment: environment(Self.other)
        ).wait()
        #expect(inUse.status == 1)
        #expect(try content(folder.path) == before)
        #expect(try ledgers(folder.path) == ["default.messages.db"])

        let started = try await ExporterProcess(
            baseURL: api.baseURL, storage: folder.path, environment: environment(Self.wrong))
        _ = try await started.scrape(when: "a poll is refused") { ($0[series("polls_total")] ?? 0) >= 1 }
        #expect(await started.program.end().status == 0)
        #expect(try content(folder.path) == before)
        #expect(try ledgers(folder.path) == ["default.messages.db"])

        let answered = try await once(Self.other)
        #expect(answered.status == 0)
        #expect(try ledgers(folder.path).count == 2)
        #expect(answered.errors.contains("kept_as=\(folder.path)/default.messages.db.set-aside-"))
    }

    @Test("a start that finds its port in use makes nothing, and sets nothing aside")
    func portInUse() async throws {
        let folder = try TemporaryFolder()
        let damaged = Data("no ledger, and too long to be empty".utf8)
        try damaged.write(to: URL(fileURLWithPath: folder.path + "/default.messages.db"))
        let holder = try StandIn { _ in .text(200, "") }
        for storage in [folder.path, folder.path + "/new"] {
            let end = try await Program(
                "twilio-comms-exporter",
                ["--storage.path=\(storage)", "--web.listen-address=127.0.0.1:\(holder.server.port)"],
                environment: ExporterProcess.credentials
            ).wait()
            #expect(end.status == 1)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["default.messages.db"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/default.messages.db")) == damaged)
    }

    @Test("API keys without an account SID are warned of once at the start, and others are not")
    func keyAlone() async throws {
        let file = try AccountsFile()
        let api = try StandIn { _ in .json(#"{"operations": []}"#) }
        let url = api.baseURL
        try file.write([
            .init(name: "a", baseURL: url), .init(name: "b", baseURL: url, more: "account_sid: \(Self.own)"),
            .init(name: "c", baseURL: url, more: "resources: [messages, emails]"),
        ])
        let exporter = try await file.start()
        _ = try await exporter.scrape(when: "all are up") { samples in
            ["a", "b", "c"].allSatisfy { samples[series("up", account: $0)] == 1 }
        }
        #expect(try exporter.reload().status == 200)
        let lines = await exporter.program.end().errors.split(separator: "\n").filter { $0.contains("API key") }
        #expect(lines.count == 1)
        #expect(
            lines.first?.hasSuffix(
                """
                 level=warn msg="an API key has no account SID beside it, so another account's key would not be noticed, \
                and would count in the same ledger; set account_sid, or TWILIO_ACCOUNT_SID" accounts=a,c
                """) == true, "\(lines)")
    }
}
