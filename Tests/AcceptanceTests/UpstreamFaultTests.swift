import Glibc
import Locking
import TestSupport
import Testing

/// What the built exporter says, and what its counters are, when the API does not do its part while operations go on
/// changing.
@Suite(.fewAtATime) struct UpstreamFaultTests {
    @Test(
        "what was counted stays, up and the reason tell the truth, and the next poll after the fault is exact",
        arguments: [
            UpstreamFault.statuses, UpstreamFault.refusals, UpstreamFault.connections, UpstreamFault.encodings,
            UpstreamFault.bodies, UpstreamFault.sizes, UpstreamFault.lists,
        ])
    func faults(_ faults: [UpstreamFault]) async throws {
        let run = try await FaultRun()
        for fault in faults { try await run.meet(fault) }
        try await run.end()
    }

    @Test(
        "the API is left alone for as long as it asks, five minutes at most, and for no time it cannot be asking for",
        arguments: zip(UpstreamFault.pauses, [40, 39, 300, 300, 0, 0]))
    func pauses(fault: UpstreamFault, seconds: Int) async throws {
        let run = try await FaultRun(speed: 40)
        // Not to the end of the poll, which would take a pause more for each request.
        let requests = try await run.meet(fault, until: 0)
        try #require(requests.count >= 3)
        for (before, after) in zip(requests, requests.dropFirst()) {
            #expect(after - before >= .milliseconds(seconds * 1000 / 40))
        }
        // By the exporter's own clock; for each request the whole of the pause, and what the machine took besides.
        let throttled = try await run.value("api_throttled_seconds_total") / Double(requests.count)
        #expect(throttled <= Double(seconds) + 5, "\(throttled) s for each of \(requests.count) requests")
        try await run.end()
    }

    @Test("who does not answer in a minute is not waited for", arguments: UpstreamFault.hangs)
    func hangs(fault: UpstreamFault) async throws {
        let run = try await FaultRun(speed: 40)
        try await run.meet(fault)
        let count = try await run.value("api_requests_total", #"code="error""#)
        let seconds = try await run.value("api_request_duration_seconds_sum")
        #expect(seconds >= count * 60 && seconds < count * 120, "\(seconds) s for \(count) requests")
        let lines = try await run.end().split(separator: "\n").filter { !$0.contains("level=info") }
        let silence = lines.indices.filter {
            lines[$0].contains(#"level=warn msg="no answer from the API for a minute"#)
        }
        #expect(silence == [0], "\(lines)")
    }

    @Test("a list that goes on and on without an operation is given up")
    func endless() async throws {
        let run = try await FaultRun(speed: 40)
        try await run.meet(UpstreamFault.endless)
        try await run.end()
    }

    @Test("refused credentials are tried half as often each time")
    func refusals() async throws {
        let run = try await FaultRun()
        let requests = try await run.meet(UpstreamFault.refusals[0], until: 4)
        try #require(requests.count >= 4)
        #expect(requests[1] - requests[0] >= .seconds(1))
        #expect(requests[2] - requests[1] >= .seconds(2))
        #expect(requests[3] - requests[2] >= .seconds(4))
        try await run.end()
    }

    @Test("nothing at all, credentials least of all, goes where a redirect or a page's next points")
    func redirects() async throws {
        let asked = Locked(0)
        let elsewhere = try ScriptedPeer { _ in
            asked.withLock { $0 += 1 }
            return ScriptedPeer.Answer("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"operations\":[]}")
        }
        let run = try await FaultRun()
        for fault in UpstreamFault.redirects(to: "http://localhost:\(elsewhere.port)") { try await run.meet(fault) }
        try await run.end()
        #expect(asked.withLock { $0 } == 0)
        // Whoever does go there is seen.
        #expect(try await TestHTTP.get("\(elsewhere.url)/").status == 200)
        #expect(asked.withLock { $0 } == 1)
    }

    @Test(
        "an exporter that starts while the API fails shows what it last knew, and learns the rest when it can",
        arguments: [UpstreamFault.refusals[0], UpstreamFault.statuses[2], UpstreamFault.connections[0]])
    func starts(fault: UpstreamFault) async throws {
        let (api, folder) = (try FaultyAPI(), try TemporaryFolder())
        api.fail(with: fault)
        var exporter = try await ExporterProcess(baseURL: api.baseURL, storage: folder.path)
        let failed = series("poll_failures_total", "reason=\"\(fault.reason)\"")
        let newborn = try await exporter.scrape(when: "polls fail") { $0[failed] ?? 0 > 0 }
        #expect(newborn[series("up")] == 0)
        #expect(newborn[series("messages_total")] == 0)
        #expect(newborn.bySeries.filter { $0.key.contains("window_") }.isEmpty)
        #expect(try await exporter.get("/-/ready").status == 200)
        api.fail(with: nil)
        _ = try await exporter.scrape(when: "messages are sent") {
            $0[series("messages_total")] ?? 0 > 100 && $0[series("up")] == 1
        }

        api.fail(with: fault)
        let last = try await exporter.scrape(when: "polls fail again") { $0[series("up")] == 0 }
        #expect(await exporter.program.end().status == 0)
        exporter = try await ExporterProcess(baseURL: api.baseURL, storage: folder.path)
        for polls in 1...2 {
            let restarted = try await exporter.scrape(when: "polls fail once more") { $0[failed] ?? 0 >= Double(polls) }
            #expect(restarted[series("up")] == 0)
            #expect(restarted.ledgerCounters == last.ledgerCounters)
        }
        api.freeze(true)
        api.fail(with: nil)
        api.expectTruth(try await exporter.scrape(when: "it polls again") { $0[series("up")] == 1 })
        #expect(await exporter.program.end().status == 0)
    }

    @Test(
        "nothing is said to a peer of another name, of an expired certificate, or of one that nobody vouches for",
        .enabled(if: access("/usr/bin/openssl", X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0))
    func certificates() async throws {
        let api = try FaultyAPI(keepsOpen: false)
        let front = try await TLSFront(before: api)
        let run = try await FaultRun(api, baseURL: front.baseURL, environment: ["SSL_CERT_FILE": front.trusted])
        #expect(front.requests(under: .good) > 0)
        for certificate in [TLSFront.Certificate.otherName, .expired, .unknown] {
            let fault = UpstreamFault(certificate.rawValue, "network", code: "error", .init())
            try await run.meet(fault, begin: { try front.show(certificate) }, end: { try front.show(.good) })
            #expect(front.requests(under: certificate) == 0)
        }
        let log = try await run.end()
        for words in [
            "no alternative certificate subject name matches", "certificate has expired",
            "unable to get local issuer certificate",
        ] {
            #expect(log.contains(words))
        }
    }
}
