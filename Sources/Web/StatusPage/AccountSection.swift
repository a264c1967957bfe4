internal import CommsAPI
internal import Ledger
internal import Operations
internal import Polling

/// What an operator wants to know of one account and resource.
struct AccountSection {
    let snapshot: AccountSnapshot
    let now: Timestamp

    private var health: PollHealth { snapshot.health }
    private var ledger: LedgerState { snapshot.ledger }

    var html: HTML {
        """
        <section id="\(anchor)" aria-label="\(snapshot.account) \(snapshot.resource.name)">
        <h2>\(snapshot.account) <small>\(snapshot.resource.name)</small> \(badge)</h2>
        \(trouble)<div class="columns">
        <div>
        \(OutcomeTable(snapshot: snapshot).html)\(incomplete)</div>
        <div>
        \(chart)<dl>
        \(facts.map { "<dt>\($0.name)</dt><dd>\($0.value)</dd>\n" })</dl>
        </div>
        </div>
        \(SweepTable(health: health, now: now).html)</section>

        """
    }

    /// Where it is on the page: names of accounts and resources have no slash in them.
    private var anchor: String { "\(snapshot.account)/\(snapshot.resource.name)" }

    /// One line for the list of all: where it is down, with since when and why.
    var summary: HTML {
        let name: HTML = """
            <a href="#\(anchor)">\(snapshot.account) \(snapshot.resource.name)</a> \(badge)
            """
        guard let since = health.failingSince else { return "<li>\(name)</li>\n" }
        let why: HTML = health.faults.first.map { ": \($0)" } ?? ""
        return #"<li class="down">\#(name) first failed \#(Wording.time(since, now: now))\#(why)</li>\#n"#
    }

    /// Whether the last poll succeeded; neither, before a first one has ended.
    private var badge: HTML {
        if health.lastPollSucceeded { return #"<span class="badge good">up</span>"# }
        guard health.hasPolled || health.failingSince != nil else {
            return #"<span class="badge neutral">first poll under way</span>"#
        }
        return #"<span class="badge bad">down</span>"#
    }

    private var incomplete: HTML {
        ledger.windowIsComplete ? "" : "<p>Numbers of the last 7 days follow when all of them have been listed.</p>\n"
    }

    private var trouble: HTML {
        guard let since = health.failingSince else { return "" }
        let faults: [HTML] = health.faults.map { "<br>\($0)" }
        let advice: [HTML] = Advice(snapshot: snapshot, now: now).sentences.map { "<p>\($0)</p>\n" }
        return """
            <div class="trouble">
            <p>Failing since \(since.description) (\(Wording.time(since, now: now))):\(faults)</p>
            \(advice)</div>

            """
    }

    private var chart: HTML {
        let chart = FailureChart(polls: health.recentPolls, noun: Wording.noun(for: snapshot.resource))
        return """
            <h3>Share of \(chart.noun)s that failed, by poll</h3>
            \(chart.html)<p>\(chart.summary)</p>

            """
    }

    private var facts: [(name: String, value: HTML)] {
        [
            ("Last success", health.lastSuccess.map { Wording.time($0, now: now) } ?? "none yet"),
            ("Next poll", health.nextPoll.map { Wording.time($0, now: now) } ?? "under way"),
            ("Polls", "\(Wording.count(health.polls)), \(Wording.count(health.failures.values.reduce(0, +))) failed"),
            ("Oldest unfinished", oldest), ("Requests", requests), ("Throttled", throttled),
            ("Forms of request", RefusedForms(forms: health.forms).html),
            ("Reading of stats", reading),
            ("Impossible stats", "\(Wording.count(ledger.totals[.contradictions], "operation")) since birth"),
            ("Ledger", ledgerFacts), ("Born", ledger.birth.map { Wording.time($0, now: now) } ?? "not yet"),
            ("Not covered", "\(Wording.span(.milliseconds(ledger.totals[.coverageGapMilliseconds])))"),
        ]
    }

    private var reading: HTML {
        let totals = ledger.totals
        return """
            \(snapshot.reading.rawValue) where both fit; \
            \(Wording.count(totals[.verdicts(.exclusive)], "operation")) can only be exclusive, \
            \(Wording.count(totals[.verdicts(.cumulative)])) only cumulative
            """
    }

    private var oldest: HTML {
        guard ledger.windowIsComplete else { return "not known yet" }
        let oldest: [HTML] = [OperationStatus.processing, .scheduled].compactMap { status in
            ledger.oldestUnfinished[status].map { "\(status.label), created \(Wording.time($0, now: now))" }
        }
        return oldest.isEmpty ? "none" : oldest.dropFirst().reduce(oldest[0]) { "\($0)<br>\($1)" }
    }

    private var requests: HTML {
        let codes = health.requests.codes
        let failed = codes.reduce(Int64(0)) { $0 + ($1.key == 200 ? 0 : $1.value) }
        return "\(Wording.count(codes.values.reduce(0, +))), \(Wording.count(failed)) not answered with 200"
    }

    private var throttled: HTML {
        let answers = health.requests.codes[429] ?? 0
        return "\(Wording.count(answers, "time")), \(Wording.span(.seconds(health.requests.throttledSeconds))) waited"
    }

    private var ledgerFacts: HTML {
        "\(Wording.count(ledger.totals[.operationsHeld], "operation")), \(Wording.bytes(ledger.sizeInBytes))"
    }
}
