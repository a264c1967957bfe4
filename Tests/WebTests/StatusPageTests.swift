import CommsAPI
import HTTPServer
import Operations
import Testing

@testable import Ledger
@testable import Polling
@testable import Web

@Suite struct StatusPageTests {
    let now = Timestamp(rfc3339: "2026-11-25T12:00:00Z")!

    private func snapshot(
        account: String = "default", resource: Resource = .messages, health: PollHealth = PollHealth(),
        ledger: LedgerState = LedgerState()
    ) -> AccountSnapshot {
        AccountSnapshot(account: account, resource: resource, health: health, ledger: ledger, reading: .exclusive)
    }

    private func page(_ snapshots: [AccountSnapshot]) -> String {
        StatusPage(snapshots: snapshots, telemetryPath: "/metrics", now: now).html.description
    }

    private func health(failing: Bool) -> PollHealth {
        var health = PollHealth()
        var attempt = PollAttempt()
        if failing { attempt.note(.failed(.malformed, "GET /v1/Messages/Operations: the page is not JSON")) }
        health.note(attempt, took: .seconds(1), endedAt: now - .seconds(90), from: Totals(), to: Totals())
        return health
    }

    @Test("text is escaped wherever it comes from, and what a page may not hold is replaced")
    func escaping() {
        let hostile = "<script>alert('1')</script>&\"\u{0}\u{1b}"
        #expect(
            ("<p>\(hostile)</p>" as HTML).description
                == "<p>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;\u{FFFD}\u{FFFD}</p>")
        var health = health(failing: true)
        health.faults = [hostile]
        let page = page([snapshot(account: hostile, health: health)])
        #expect(!page.contains("<script"))
        #expect(!page.contains("\u{0}"))
    }

    @Test("the first line says whether all is well")
    func summary() {
        let up = health(failing: false)
        let down = health(failing: true)
        func title(_ healths: PollHealth...) -> Substring? {
            page(healths.map { snapshot(health: $0) }).firstMatch(of: #/<title>(.*) · /#)?.1
        }
        #expect(title(up) == "Up")
        #expect(title(down) == "Down")
        #expect(title(PollHealth()) == "Starting")
        #expect(title(up, up) == "All 2 up")
        #expect(title(up, down, PollHealth()) == "1 of 3 down")
        #expect(title(up, PollHealth()) == "1 of 2 starting")
        #expect(title() == "No accounts in this shard")
        #expect(page([]).contains("<p><strong>No accounts in this shard</strong> <span"))
    }

    @Test("beside it stands how old the data is, not only the page")
    func freshness() {
        func line(_ healths: PollHealth...) -> Substring? {
            page(healths.map { snapshot(health: $0) }).firstMatch(of: #/<span class="as-of">(.*)</span>/#)?.1
        }
        func success(_ age: Int64) -> PollHealth {
            var health = health(failing: false)
            health.lastSuccess = now - .seconds(age)
            return health
        }
        let time = #"<time datetime="2026-11-25T11:58:30Z" title="2026-11-25T11:58:30Z">90 s ago</time>"#
        #expect(line(success(90)) == "data from \(time), page of 2026-11-25T12:00:00Z")
        #expect(line(success(3), success(90)) == "oldest data from \(time), page of 2026-11-25T12:00:00Z")
        #expect(
            line(success(90), PollHealth(), PollHealth())
                == "oldest data from \(time) and none yet of 2, page of 2026-11-25T12:00:00Z")
        #expect(line(PollHealth()) == "no data yet, page of 2026-11-25T12:00:00Z")
        #expect(line() == "page of 2026-11-25T12:00:00Z")
    }

    @Test(
        "several accounts are listed at the top, each with its state and the way to it, first those that are down; one is not"
    )
    func overview() {
        let page = page([
            snapshot(account: "a", health: health(failing: false)),
            snapshot(account: "b", health: health(failing: true)), snapshot(account: "c"),
        ])
        #expect(
            page.contains(
                """
                <ul class="overview">
                <li class="down"><a href="#b/messages">b messages</a> <span class="badge bad">down</span> first failed \
                <time datetime="2026-11-25T11:58:30Z" title="2026-11-25T11:58:30Z">90 s ago</time>: \
                GET /v1/Messages/Operations: the page is not JSON</li>
                <li><a href="#a/messages">a messages</a> <span class="badge good">up</span></li>
                <li><a href="#c/messages">c messages</a> <span class="badge neutral">first poll under way</span></li>
                </ul>
                """))
        #expect(page.contains(#"<section id="b/messages" aria-label="b messages">"#))
        #expect(!self.page([snapshot()]).contains("overview"))
    }

    @Test("an account that is down says why and since when, what to do, and how long there is time")
    func trouble() {
        var ledger = LedgerState()
        ledger.coverage.cover(from: now - .seconds(86_400), to: now - .seconds(3600))
        let page = page([snapshot(account: "marketing", health: health(failing: true), ledger: ledger)])
        #expect(page.contains(#"<h2>marketing <small>messages</small> <span class="badge bad">down</span></h2>"#))
        #expect(
            page.contains(
                """
                <div class="trouble">
                <p>Failing since 2026-11-25T11:58:30Z \
                (<time datetime="2026-11-25T11:58:30Z" title="2026-11-25T11:58:30Z">90 s ago</time>):\
                <br>GET /v1/Messages/Operations: the page is not JSON</p>
                <p>If base_url is right and no proxy answers in Twilio&#39;s place, this is not the documented API: report the \
                line above.</p>
                <p>What is created meanwhile is still counted if polls succeed again by 2026-12-02T11:00:00Z \
                (<time datetime="2026-12-02T11:00:00Z" title="2026-12-02T11:00:00Z">in 6 d</time>).</p>
                </div>
                """))
        #expect(!self.page([snapshot(health: health(failing: false))]).contains("trouble"))
    }

    @Test("the advice is that of the fault, and gives no time where nothing was listed, or too long ago")
    func advice() {
        func advice(_ failure: PollFailure?, listedAgo age: Duration? = nil) -> [String] {
            var health = health(failing: true)
            health.recentPolls = failure.map { [PollRecord(endedAt: now, failure: $0, sent: 0, failed: 0)] } ?? []
            var ledger = LedgerState()
            if let age { ledger.coverage.cover(from: now - age - .seconds(60), to: now - age) }
            return Advice(snapshot: snapshot(health: health, ledger: ledger), now: now).sentences.map(\.description)
        }
        #expect(
            advice(.api(.auth)) == [
                "A file with a new secret is read again by itself; one in the environment needs a restart; for another SID"
                    + " or key, change the configuration and reload it."
            ])
        #expect(
            advice(.ledger, listedAgo: .seconds(7 * 86_400)) == [
                "Numbers stay as they were last committed, and go on by themselves when the disk works again."
            ])
        #expect(advice(nil) == [])
        #expect(advice(nil, listedAgo: .seconds(7 * 86_400 - 1)).count == 1)
        #expect(Set(PollFailure.allCases.map { advice($0) }).count == 6)
    }

    @Test("what a resource sends is called by its name")
    func nouns() {
        let resources = Resource.all.map { resource in
            var health = health(failing: false)
            health.recentPolls = [PollRecord(endedAt: now, failure: nil, sent: 3, failed: 1)]
            return page([snapshot(resource: resource, health: health)])
        }
        for (page, (heading, noun)) in zip(
            resources,
            [("Messages", "message"), ("E-mails", "e-mail"), ("Push notifications", "push notification")])
        {
            #expect(page.contains(#"<th scope="col">\#(heading)</th>"#))
            #expect(page.contains("<h3>Share of \(noun)s that failed, by poll</h3>"))
            #expect(page.contains("of 4 \(noun)s failed"))
        }
        #expect(!resources.dropFirst().joined().contains(/[Mm]essages? (that )?failed/))
        #expect(!resources.dropFirst().joined().contains(">Messages<"))
    }

    @Test("before the first poll has ended there is no chart, and before all is listed no oldest operation")
    func nothingYet() {
        let starting = page([snapshot()])
        #expect(starting.contains("<p>No poll has ended yet</p>"))
        #expect(!starting.contains("chart"))
        #expect(!starting.contains("Last 0"))
        #expect(starting.contains("<dt>Oldest unfinished</dt><dd>not known yet</dd>"))
        var ledger = LedgerState()
        ledger.oldestUnfinished[.processing] = now - .seconds(7200)
        #expect(page([snapshot(ledger: ledger)]).contains("<dd>not known yet</dd>"))
        ledger.windowIsComplete = true
        #expect(page([snapshot(ledger: ledger)]).contains("<dt>Oldest unfinished</dt><dd>processing, created <time"))
        ledger.oldestUnfinished = [:]
        #expect(page([snapshot(ledger: ledger)]).contains("<dt>Oldest unfinished</dt><dd>none</dd>"))
    }

    @Test("half a picture is not shown: no number of the last 7 days before all of them have been listed")
    func window() {
        var ledger = LedgerState()
        ledger.window[.completed, .stat(.total)] = 1000
        ledger.window[.completed, .stat(.failed)] = 40
        ledger.totals[.gained(.failed)] = 1234
        let row = { OutcomeTable(snapshot: snapshot(ledger: ledger)).html.description.split(separator: "\n")[10] }
        #expect(
            row()
                == #"<tr><th scope="row">failed</th><td class="number"></td><td class="bar"></td><td class="number">1,234</td></tr>"#
        )
        ledger.windowIsComplete = true
        #expect(
            row() == """
                <tr><th scope="row">failed</th><td class="number">40</td><td class="bar">\
                <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="failed: 4 %">\
                <rect class="bad" width="4" height="10"/></svg></td><td class="number">1,234</td></tr>
                """)
    }

    @Test(
        "the chart has a bar for each poll in which messages failed, a mark for each that failed, and says it in words")
    func chart() {
        func poll(_ sent: Int64, _ failed: Int64, _ failure: PollFailure? = nil) -> PollRecord {
            PollRecord(endedAt: now, failure: failure, sent: sent, failed: failed)
        }
        func chart(_ polls: [PollRecord]) -> FailureChart { FailureChart(polls: polls, noun: "message") }
        let four = chart([poll(99, 1), poll(0, 0), poll(80, 20), poll(50, 0, .ledger)])
        #expect(
            four.summary
                == "Last 4 polls (1 failed, marked below the line): 8.4 % of 250 messages failed, at most 20 % in"
                + " one poll")
        #expect(
            four.html.description == """
                <div class="chart"><div class="scale" aria-hidden="true"><span>25 %</span><span>0 %</span></div>
                <svg viewBox="0 0 600 108" preserveAspectRatio="none" role="img" \
                aria-label="Last 4 polls (1 failed, marked below the line): 8.4 % of 250 messages failed, at most 20 % in \
                one poll">
                <line class="grid" x1="0" y1="0.5" x2="600" y2="0.5"/>
                <line class="grid" x1="0" y1="96" x2="600" y2="96"/>
                <rect class="bad" x="580" y="92" width="4" height="4"/>
                <rect class="bad" x="590" y="19" width="4" height="77"/>
                <rect class="failure" x="595" y="100" width="4" height="6"/>
                </svg></div>

                """)
        #expect(chart([]).html.description == "")
        #expect(chart([poll(0, 0)]).summary == "Last poll: no messages sent or failed")
    }

    @Test("numbers beyond all reason are shown as the largest there is, and end nothing")
    func largest() {
        var ledger = LedgerState()
        ledger.windowIsComplete = true
        for status in [OperationStatus.processing, .completed] {
            for stat in Stat.allCases { ledger.window[status, .stat(stat)] = .max }
        }
        let record = PollRecord(endedAt: now, failure: nil, sent: .max, failed: .max)
        #expect(record.failureRatio == 1)
        #expect(
            FailureChart(polls: [record, record], noun: "message").summary
                == "Last 2 polls: 100 % of 9,223,372,036,854,775,807 messages failed, at most 100 % in one poll")
        let table = OutcomeTable(snapshot: snapshot(ledger: ledger)).html.description
        #expect(table.contains(#"<th scope="row">sent</th><td class="number">9,223,372,036,854,775,807</td>"#))
        #expect(page([snapshot(ledger: ledger)]).contains("</html>"))
    }

    @Test("a sweep says what is left of it, or when it is due")
    func sweeps() {
        var health = PollHealth()
        health.sweepSuccesses[.week] = now - .seconds(600)
        health.sweeps = [
            .week: SweepStanding(slicesLeft: 3, due: now + .seconds(60)),
            .day: SweepStanding(slicesLeft: 0, due: now + .seconds(250)),
            .recent: SweepStanding(slicesLeft: 0, due: now - .seconds(3)),
        ]
        let rows = SweepTable(health: health, now: now).html.description.split(separator: "\n").filter {
            $0.hasPrefix("<tr>")
        }
        let due = #"<time datetime="2026-11-25T12:04:10Z" title="2026-11-25T12:04:10Z">in 4 min</time>"#
        let success = #"<time datetime="2026-11-25T11:50:00Z" title="2026-11-25T11:50:00Z">10 min ago</time>"#
        #expect(
            rows == [
                #"<tr><th scope="row">recent</th><td class="wide">created lately</td><td>never</td><td>next poll</td></tr>"#,
                #"<tr><th scope="row">active</th><td class="wide">processing</td><td>never</td><td>next poll</td></tr>"#,
                #"<tr><th scope="row">pending</th><td class="wide">scheduled</td><td>never</td><td>next poll</td></tr>"#,
                #"<tr><th scope="row">day</th><td class="wide">created in the last day</td><td>never</td><td>\#(due)</td></tr>"#,
                #"<tr><th scope="row">week</th><td class="wide">everything</td><td>\#(success)</td><td>3 parts left to list</td></tr>"#,
            ])
    }

    @Test("numbers and times are as people read them")
    func wording() {
        #expect(
            [0, 999, 1000, 1_234_567, -1000, .min].map { Wording.count($0) }
                == ["0", "999", "1,000", "1,234,567", "-1,000", "-9,223,372,036,854,775,808"])
        #expect(
            [0, 0.0004, 0.001, 0.0449, 0.1, 0.456, 0.9985, 0.9995, 1, .nan].map(Wording.percent)
                == ["0 %", "< 0.1 %", "0.1 %", "4.5 %", "10 %", "46 %", "99 %", "> 99.9 %", "100 %", "0 %"])
        #expect(
            [0, 1023, 1024, 10_240, 6_710_886, .max].map(Wording.bytes)
                == ["0 B", "1023 B", "1.0 KiB", "10 KiB", "6.4 MiB", "8388608 TiB"])
        #expect(
            [-5, 119, 120, 7199, 7200, 172_799, 172_800].map { Wording.span(.seconds($0)) }
                == ["0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"])
    }

    @Test("the page may load nothing but the exporter's stylesheet, run nothing, and be kept by no cache")
    func policy() {
        let response = StatusPage(snapshots: [], telemetryPath: "/metrics", now: now).response
        #expect(
            response.headers.map { "\($0.name): \($0.value)" } == [
                "Content-Type: text/html; charset=utf-8",
                "Content-Security-Policy: default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Cache-Control: no-store",
            ])
        let page = page([snapshot(health: health(failing: true))])
        #expect(!page.contains("style=") && !page.contains("<style") && !page.contains("<script"))
    }
}
