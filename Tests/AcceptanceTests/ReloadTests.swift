import Foundation
import Glibc
import Locking
import TestSupport
import Testing

/// The built exporter, told to read its configuration again.
@Suite(.fewAtATime) struct ReloadTests {
    static let successful = "twilio_comms_exporter_config_last_reload_successful"
    static let succeededAt = "twilio_comms_exporter_config_last_reload_success_timestamp_seconds"

    private static func accounts(_ samples: Samples) -> Set<String> {
        Set(samples.bySeries.keys.compactMap { $0.firstMatch(of: /account="([^"]+)"/).map { String($0.1) } })
    }

    /// Expects that no counter of an account is less than it was.
    private func expectNoStepBack(
        _ now: Samples, from before: Samples, account: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let counters = before.counters.filter { $0.key.contains("account=\"\(account)\"") }
        #expect(counters.count > 100, sourceLocation: sourceLocation)
        for (series, value) in counters {
            #expect(now[series] ?? -1 >= value, "\(series)", sourceLocation: sourceLocation)
        }
    }

    @Test("accounts are added, changed and taken away, and every counter of the others goes on")
    func change() async throws {
        let file = try AccountsFile()
        let simulator = try await SimulatorProcess(["--rate=600", "--pace=60", "--history=1h"])
        let asked = Locked(0)
        let released = Latch()
        defer { released.open() }
        let slow = try StandIn { _ in
            asked.withLock { $0 += 1 }
            while !released.isOpen { usleep(1000) }
            return .json(#"{"operations": []}"#)
        }
        let (a, b) = (
            AccountsFile.Entry(name: "a", baseURL: simulator.baseURL),
            AccountsFile.Entry(name: "b", baseURL: slow.baseURL)
        )
        try file.write(a, b)
        let exporter = try await file.start()
        let first = try await exporter.scrape(when: "a is polled while b hangs") { samples in
            (samples[series("polls_total", account: "a")] ?? 0) >= 2
        }
        #expect(asked.withLock { $0 } == 1)
        // Added, and changed: a has e-mails too, and smaller pages.
        let changed = AccountsFile.Entry(
            name: "a", baseURL: simulator.baseURL, more: "resources: [messages, emails], poll: {page_size: 10}")
        try file.write(
            changed, b, .init(name: "c", baseURL: simulator.baseURL, more: "resources: [push_notifications]"))
        #expect(try exporter.reload() == (200, "Reloaded.\n"))
        let second = try await exporter.scrape(when: "all of a and c is polled") { samples in
            (samples[series("polls_total", account: "a")] ?? 0) > (first[series("polls_total", account: "a")] ?? 0)
                && samples[series("up", account: "a", resource: "emails")] == 1
                && samples[series("up", account: "c", resource: "push_notifications")] == 1
        }
        expectNoStepBack(second, from: first, account: "a")
        #expect(asked.withLock { $0 } == 1)
        #expect(second[Self.successful] == 1)
        #expect(second[Self.succeededAt] ?? 0 > first[Self.succeededAt] ?? 0)
        // Taken away, by the signal: while its poll hangs, and with its ledger closed behind it.
        try file.write(changed)
        kill(exporter.program.processID, SIGHUP)
        let third = try await exporter.scrape(when: "a is alone") { Self.accounts($0) == ["a"] }
        expectNoStepBack(third, from: second, account: "a")
        expectNoStepBack(third, from: second, account: "a", resource: "emails")
        _ = try await eventually("the ledgers of b and c are let go") {
            ["b.messages", "c.push_notifications"].allSatisfy { isUnlocked("\(file.storage)/\($0).db.lock") }
                ? true : nil
        }
        // Back again, with the ledger it had.
        released.open()
        let push = AccountsFile.Entry(name: "c", baseURL: simulator.baseURL, more: "resources: [push_notifications]")
        try file.write(push, changed, b)
        #expect(try exporter.reload().status == 200)
        let fourth = try await exporter.scrape(when: "b and c are up") { samples in
            samples[series("up", account: "b")] == 1
                && samples[series("up", account: "c", resource: "push_notifications")] == 1
        }
        let birth = series("ledger_birth_timestamp_seconds", account: "c", resource: "push_notifications")
        #expect(fourth[birth] == second[birth])
        // Sent elsewhere while its poll hangs again, and back on the way at once.
        let hanging = try await SimulatorProcess(["--rate=0"])
        try await hanging.set("hang=3600")
        for (url, isUp) in [(hanging.baseURL, 1.0), (simulator.baseURL, 1), ("http://127.0.0.1:9", 0)] {
            try file.write(.init(name: "b", baseURL: url))
            #expect(try exporter.reload().status == 200)
            let requests = series(
                "api_requests_total", url.hasSuffix(":9") ? #"code="error""# : #"code="200""#, account: "b")
            let before = fourth[requests] ?? 0
            let moved = try await exporter.scrape(when: "b is asked for at \(url)") { samples in
                url == hanging.baseURL
                    || (samples[requests] ?? 0) > before && samples[series("up", account: "b")] == isUp
            }
            expectNoStepBack(moved, from: fourth, account: "b")
        }
        #expect(await exporter.program.end().status == 0)
    }

    private func expectNoStepBack(_ now: Samples, from before: Samples, account: String, resource: String) {
        for (series, value) in before.counters where series.contains("account=\"\(account)\",resource=\"\(resource)\"")
        {
            #expect(now[series] ?? -1 >= value, "\(series)")
        }
    }

    private func isUnlocked(_ path: String) -> Bool {
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    @Test("without a configuration file there is nothing new to read, and SIGHUP disturbs nobody")
    func withoutFile() async throws {
        let api = try StandIn { _ in .json(#"{"operations": []}"#) }
        let exporter = try await ExporterProcess(baseURL: api.baseURL, storage: ":memory:")
        let before = try await exporter.scrape(when: "a first poll") { $0[series("up")] == 1 }
        kill(exporter.program.processID, SIGHUP)
        let after = try await exporter.scrape(when: "it has reloaded") {
            ($0[Self.succeededAt] ?? 0) > (before[Self.succeededAt] ?? 0)
        }
        expectNoStepBack(after, from: before, account: "default")
        #expect(after[series("ledger_birth_timestamp_seconds")] == before[series("ledger_birth_timestamp_seconds")])
        #expect(await exporter.program.end().status == 0)
    }

    @Test("a file with faults, or a ledger that cannot be had, changes nothing and is answered with why")
    func refused() async throws {
        let file = try AccountsFile()
        let api = try StandIn { _ in .json(#"{"operations": []}"#) }
        try file.write(.init(name: "a", baseURL: api.baseURL))
        let exporter = try await file.start()
        let before = try await exporter.scrape(when: "a first poll") { $0[series("up", account: "a")] == 1 }
        try file.write(
            "accounts:\n  - {name: b, account_sid: AC00000000000000000000000000000002, auth_token: hush-hush}\npol: {}\n"
        )
        #expect(
            try exporter.reload() == (
                500,
                """
                \(file.path):2: accounts[0].auth_token: is wrong; the log says why
                \(file.path):2: accounts[0].auth_token_file: is wrong; the log says why
                \(file.path):3: pol: is wrong; the log says why

                """
            ))
        var samples = try await exporter.scrape()
        #expect(Self.accounts(samples) == ["a"])
        #expect(samples[Self.successful] == 0)
        #expect(samples[Self.succeededAt] == before[Self.succeededAt])
        let other = try AccountsFile()
        try other.write(.init(name: "taken", baseURL: api.baseURL))
        let holder = try await other.start(storage: file.storage)
        try file.write(.init(name: "c", baseURL: api.baseURL), .init(name: "taken", baseURL: api.baseURL))
        for _ in 0..<2 {
            #expect(
                try exporter.reload() == (
                    500,
                    "the ledger \(file.storage)/taken.messages.db is in use by another process; stop that one or choose"
                        + " another --storage.path\n"
                ))
        }
        samples = try await exporter.scrape()
        #expect(Self.accounts(samples) == ["a"])
        #expect(await holder.program.end().status == 0)
        #expect(try exporter.reload().status == 200)
        samples = try await exporter.scrape(when: "both are up") { samples in
            ["c", "taken"].allSatisfy { samples[series("up", account: $0)] == 1 }
        }
        #expect(Self.accounts(samples) == ["c", "taken"])
        #expect(samples[Self.successful] == 1)
        let (status, _, errors) = await exporter.program.end()
        #expect(status == 0)
        #expect(!errors.contains("hush-hush"))
        #expect(errors.contains("\(file.path):3: pol: unknown key; known here: poll, stats_reading, accounts"))
    }

    @Test("each account that a reload adds, changes or takes away is a line of the log, by keys and without values")
    func changes() async throws {
        let file = try AccountsFile()
        try file.write(["same", "gone", "changed"].map { .init(name: $0, baseURL: "http://127.0.0.1:9") })
        let exporter = try await file.start()
        try file.write(
            .init(name: "same", baseURL: "http://127.0.0.1:9"),
            .init(
                name: "changed", baseURL: "http://127.0.0.1:10",
                more: "account_sid: AC00000000000000000000000000000007, poll: {sweeps: {day: {every: 1h}}}"),
            .init(name: "new", baseURL: "http://127.0.0.1:9"))
        #expect(try exporter.reload() == (200, "Reloaded.\n"))
        let lines = await exporter.program.end().errors.split(separator: "\n").filter { $0.contains("msg=\"account ") }
        #expect(
            lines.compactMap { $0.split(separator: " ", maxSplits: 1).last } == [
                #"level=info msg="account changed" account=changed keys=account_sid,base_url,poll.sweeps.day.every"#,
                #"level=info msg="account added" account=new"#, #"level=info msg="account removed" account=gone"#,
            ])
    }

    /// An exporter with the account `a`, whose file has `b` as well by now and whose disk hangs.
    private func hanging(_ file: AccountsFile, _ disk: DiskWarp, _ api: StandIn) async throws -> ExporterProcess {
        try file.write(.init(name: "a", baseURL: api.baseURL))
        let exporter = try await file.start(
            storage: disk.folder, environment: disk.environment.filter { !$0.key.hasPrefix("TWILIO") })
        _ = try await exporter.scrape(when: "a first poll") { $0[series("up", account: "a")] == 1 }
        try disk.fail(.hang)
        try file.write(.init(name: "a", baseURL: api.baseURL), .init(name: "b", baseURL: api.baseURL))
        return exporter
    }

    /// Asks for a reload on each of the connections that it returns, which are closed after the answer.
    private func askToReload(_ exporter: ExporterProcess, times: Int) throws -> [RawSocket] {
        try (0..<times).map { _ in
            let client = try RawSocket(port: UInt16(exporter.port))
            try client.send("POST /-/reload HTTP/1.1\r\nHost: exporter\r\nConnection: close\r\n\r\n")
            return client
        }
    }

    @Test("reloads that hang on a disk hold up no scrape and no probe, and are all answered when it goes on")
    func hangingDisk() async throws {
        let (file, disk) = (try AccountsFile(), try DiskWarp())
        let api = try StandIn { _ in .json(#"{"operations": []}"#) }
        let exporter = try await hanging(file, disk, api)
        let first = try askToReload(exporter, times: 3)
        for _ in 0..<10 {
            #expect(try await exporter.scrape()[series("up", account: "a")] == 1)
            for path in ["/-/healthy", "/-/ready", "/", "/config"] {
                #expect(try await exporter.get(path).status == 200)
            }
        }
        let names = ["a", "b", "c"]
        try file.write(names.map { .init(name: $0, baseURL: api.baseURL) })
        let more = try askToReload(exporter, times: 18)
        _ = try await eventually("those above 8 of one client are refused") {
            more.count(where: \.isClosed) == 13 ? true : nil
        }
        for client in more where client.isClosed {
            let answer = try client.readResponse()
            #expect(answer.status == 503)
            #expect(answer.body == "Too many reloads wait already; try again later, or send SIGHUP.\n")
        }
        let isAnyClosed = first.contains(where: \.isClosed)
        #expect(!isAnyClosed)
        #expect(try await exporter.get("/-/healthy").status == 200)

        try disk.fail(.none)
        for client in first { #expect(try client.readResponse().status == 200) }
        // Asked for after c was written, and so by a run that has seen it.
        #expect(try exporter.reload() == (200, "Reloaded.\n"))
        let samples = try await exporter.scrape(when: "all are up") { samples in
            names.allSatisfy { samples[series("up", account: $0)] == 1 }
        }
        #expect(samples[Self.successful] == 1)
        #expect(await exporter.program.end().status == 0)
    }

    @Test("an exporter that ends answers those who wait for a reload that hangs")
    func end() async throws {
        let (file, disk) = (try AccountsFile(), try DiskWarp())
        let api = try StandIn { _ in .json(#"{"operations": []}"#) }
        let exporter = try await hanging(file, disk, api)
        let clients = try askToReload(exporter, times: 2)
        #expect(try await exporter.get("/-/healthy").status == 200)
        #expect(await exporter.program.end().status == 0)
        for client in clients {
            let answer = try client.readResponse()
            #expect(answer.status == 500)
            #expect(answer.body == "the exporter is stopping\n")
        }
    }

    @Test("an exporter ends and answers also while the disk of its web configuration hangs")
    func hangingWebConfiguration() async throws {
        let disk = try DiskWarp()
        let file = disk.folder + "/web.yml"
        try "rate_limit: {interval: 1s, burst: 100}\n".write(toFile: file, atomically: false, encoding: .utf8)
        let exporter = try await ExporterProcess(
            ["--web.config.file=\(file)"], baseURL: "http://127.0.0.1:9", storage: ":memory:",
            environment: disk.environment)
        try disk.fail(.hang)
        try "".write(toFile: file, atomically: false, encoding: .utf8)
        // Nobody can see when the change, which is looked for every second, has been seen twice and is being read.
        try await Task.sleep(for: .seconds(4))
        #expect(try await exporter.get("/metrics").status == 200)
        #expect(await exporter.program.end().status == 0)
    }

    /// What the exporter holds of the machine.
    private struct Footprint {
        let files, threads, memory: Double

        init(_ samples: Samples) {
            files = samples["process_open_fds"] ?? .nan
            threads = samples["process_threads"] ?? .nan
            memory = samples["process_resident_memory_bytes"] ?? .nan
        }
    }

    @Test("a hundred reloads, from several sides at once, that add, change and take away leave nothing behind")
    func leaks() async throws {
        let file = try AccountsFile()
        let simulator = try await SimulatorProcess(["--rate=60", "--history=1h"])
        let hanging = try await SimulatorProcess(["--rate=0"])
        try await hanging.set("hang=3600")
        let write = { (round: Int) in
            var accounts = [AccountsFile.Entry(name: "steady", baseURL: simulator.baseURL)]
            accounts.append(
                .init(name: "hanging", baseURL: hanging.baseURL, more: "poll: {page_size: \(round % 7 + 1)}"))
            for extra in 0..<3 where (round + extra) % 2 == 0 {
                let more = "resources: [messages, emails]"
                accounts.append(
                    .init(name: "x\(extra)", baseURL: extra == 0 ? hanging.baseURL : simulator.baseURL, more: more))
            }
            try file.write(accounts)
        }
        try write(0)
        let exporter = try await file.start()
        let polls = series("polls_total", account: "steady")
        var footprints: [Footprint] = []
        var last = 0.0
        for round in 1...100 {
            try write(round)
            if round % 10 == 0 {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<4 { group.addTask { return try exporter.reload().status } }
                    kill(exporter.program.processID, SIGHUP)
                    for try await status in group { #expect(status == 200) }
                }
            } else {
                #expect(try exporter.reload().status == 200)
            }
            guard round % 20 == 0 else { continue }
            try write(0)
            #expect(try exporter.reload().status == 200)
            let samples = try await exporter.scrape(when: "the steady account is polled") { ($0[polls] ?? 0) > last }
            last = samples[polls] ?? 0
            let files = footprints.first?.files ?? .infinity
            let settled = try await exporter.scrape(when: "what was taken away has closed its files") {
                $0["process_open_fds"] ?? .infinity <= files + 2
            }
            footprints.append(Footprint(settled))
        }
        // libdispatch keeps some threads for a while; 20 reloads would leave 40 of pollers that did not end.
        for footprint in footprints.dropFirst() {
            #expect(footprint.threads < footprints[0].threads + 16, "\(footprints)")
            // A sanitizer keeps what has been freed.
            #expect(isSanitized || footprint.memory < footprints[0].memory + 16e6, "\(footprints)")
        }
        let (status, _, errors) = await exporter.program.end()
        #expect(status == 0)
        #expect(!errors.contains("not reloaded"))
    }
}
