import CommsAPI
import Glibc
import HTTPServer
import Ledger
import Locking
import Operations
import TestSupport
import Testing

@testable import Polling

// Requests that the API refuses.
extension PollerTests {
    /// Answers 400 to lists that match.
    private func refuse(_ api: FakeAPI, where matches: @escaping @Sendable (ServerRequest) -> Bool) {
        api.fail { $0.id == nil && matches($0) ? .json(400, "{}") : nil }
    }

    @Test("a page size that is refused is left out, once it has been refused again")
    func refusedPageSize() async throws {
        let api = try FakeAPI(operation("a"), operation("b"), operation("c", .completed))
        let subject = try Subject(api)
        refuse(api) { $0.query("pageSize") != nil }
        #expect(await subject.poller.poll() == nil)
        #expect(
            api.takeRequests().map { $0.query("pageSize") ?? "none" }
                == ["2", "none", "2"] + Array(repeating: "none", count: 7))
        #expect(subject.operations == 3)
        #expect(subject.snapshot.health.forms.pageSize == .unstated)
        #expect(
            subject.log.withLock { $0 } == [
                "the API refuses a form of request; a plainer one is used, and the full one is tried again once a day"
            ])
    }

    @Test("a single refusal teaches nothing")
    func strayRefusal() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api)
        let refusals = Locked(1)
        api.fail { _ in
            refusals.withLock { left in
                left -= 1
                return left == 0 ? .json(400, "{}") : nil
            }
        }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.health.forms == RequestForms())
        #expect(subject.log.withLock { $0 }.isEmpty)
        #expect(subject.operations == 1)
    }

    @Test("an API that refuses every list is asked a few times, fails the poll, and is read when it takes them")
    func refusedAltogether() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api)
        refuse(api) { _ in true }
        for _ in 0..<3 {
            #expect(await subject.poller.poll() == .api(.clientError))
            #expect(api.takeRequests().count <= 7)
        }
        #expect(subject.snapshot.health.forms == RequestForms())
        api.fail()
        #expect(await subject.poller.poll() == nil)
        #expect(subject.operations == 1)
    }

    @Test("an API that begins to refuse every list later is asked a few times, too")
    func refusedLater() async throws {
        let api = try FakeAPI(operation("a"))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        refuse(api) { _ in true }
        for _ in 0..<5 {
            _ = api.takeRequests()
            #expect(await subject.poller.poll() == .api(.clientError))
            #expect(api.takeRequests().count <= 9)
        }
        api.fail()
        #expect(await subject.poller.poll() == nil)
    }

    @Test(
        "lists by status take the form that the API takes, or give way to the others",
        arguments: [
            ("dates", RequestForms.Status.withoutDates), ("upper case", .lowercase), ("status", .unstated),
        ])
    func refusedStatus(what: String, form: RequestForms.Status) async throws {
        let api = try FakeAPI(operation("a"), operation("b", .scheduled))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        refuse(api) { request in
            guard let status = request.status else { return false }
            return switch what {
            case "dates": request.start != nil
            case "upper case": status != status.lowercased()
            default: true
            }
        }
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.health.forms.status == form)
        #expect(subject.snapshot.health.requests.codes[400, default: 0] <= 6)
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        let active = ["dates": "list all PROCESSING", "upper case": "list 168h processing"][what]
        #expect(
            api.takeRequests().map(\.summary).filter { !$0.hasPrefix("fetch") } == ["list 1h"]
                + [active].compactMap(\.self))
    }

    @Test("windows that are too long are listed in halves, and the halves in halves, as short as the API takes them")
    func refusedWindow() async throws {
        let api = try FakeAPI()
        for day in 0..<7 {
            api.put(operation("a\(day)", .completed, age: .seconds(day * 86_400 + 7200)))
            api.put(operation("b\(day)", .completed, age: .seconds(day * 86_400 + 80_000)))
        }
        let subject = try Subject(api)
        refuse(api) { request in
            guard let start = request.start else { return false }
            return (request.end ?? .wallClock()) - start > .seconds(8 * 3600)
        }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.windowIsComplete)
        #expect(subject.operations == 14)
        #expect(subject.snapshot.health.requests.codes[400] == 3)
        let longest = try #require(subject.snapshot.health.forms.longestSpan)
        #expect(longest > .seconds(6 * 3600) && longest < .seconds(6 * 3600 + 5))
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        #expect(api.takeRequests().map(\.summary) == ["list 1h", "list all PROCESSING"])
    }

    @Test("a window may have to start inside retention")
    func refusedStart() async throws {
        let api = try FakeAPI(operation("a"), operation("b", .completed, age: .seconds(600_000)))
        let subject = try Subject(api)
        refuse(api) { $0.start.map { $0 < Timestamp.wallClock() - .seconds(604_800) } ?? false }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.ledger.windowIsComplete)
        #expect(subject.operations == 2)
        #expect(subject.snapshot.health.forms.startsInside)
        #expect(subject.snapshot.health.requests.codes[400] == 2)
        let covered = try #require(subject.snapshot.ledger.coverage.spans.first)
        #expect(Timestamp.wallClock() - covered.start < .seconds(604_799))
    }

    @Test("a page token may have to go alone; the first that is refused is taken for one that has expired")
    func refusedToken() async throws {
        let api = try FakeAPI()
        for number in 0..<7 { api.put(operation("a\(number)", .completed, age: .seconds(7200 + number * 4000))) }
        let subject = try Subject(api)
        refuse(api) { $0.query("pageToken") != nil && $0.queryItems.count > 1 }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.operations == 7)
        #expect(subject.snapshot.ledger.windowIsComplete)
        #expect(subject.snapshot.health.forms.sendsTokenAlone)
        #expect(subject.snapshot.health.requests.codes[400] == 3)
    }

    @Test("a list whose tokens expire is read in halves, and teaches nothing")
    func expiredToken() async throws {
        let api = try FakeAPI()
        for number in 0..<32 { api.put(operation("a\(number)", .completed, age: .seconds(7200 + number * 1000))) }
        let subject = try Subject(api)
        // A list of more than three pages is refused half way.
        refuse(api) { $0.offset > 4 }
        #expect(await subject.poller.poll() == nil)
        #expect(subject.operations == 32)
        #expect(subject.snapshot.ledger.windowIsComplete)
        #expect(subject.snapshot.health.forms == RequestForms())
        #expect(subject.log.withLock { $0 }.isEmpty)
    }

    @Test(
        "a poll that lists ten operations and can read none of them fails, and such a list covers nothing",
        arguments: [(1, nil, true), (5, .api(.malformed), false), (10, .api(.malformed), false)]
            as [(Int, PollFailure?, Bool)])
    func unreadable(count: Int, failure: PollFailure?, isComplete: Bool) async throws {
        let operation = #"{"id": "a", "status": "COMPLETED", "createdAt": "yesterday", "stats": {}}"#
        let page = Array(repeating: operation, count: count).joined(separator: ",")
        let api = try FakeAPI()
        let subject = try Subject(api)
        // One page of everything, and one of the last day.
        api.fail { request in
            request.hours == nil || request.hours == 24
                ? .json(200, #"{"operations": [\#(page)], "pagination": {"next": null}}"#) : nil
        }
        #expect(await subject.poller.poll() == failure)
        #expect(subject.snapshot.ledger.windowIsComplete == isComplete)
    }

    @Test("unreadable operations of the last hour fail no poll that can read older ones, and are listed at its end")
    func unreadableFirst() async throws {
        let operation = #"{"id": "a", "status": "COMPLETED", "createdAt": "yesterday", "stats": {}}"#
        let page = Array(repeating: operation, count: 12).joined(separator: ",")
        let api = try FakeAPI(self.operation("b"))
        let subject = try Subject(api)
        #expect(await subject.poller.poll() == nil)
        api.fail { $0.hours == 1 ? .json(200, #"{"operations": [\#(page)], "pagination": {"next": null}}"#) : nil }
        #expect(await subject.poller.poll() == nil)
        api.forget("b")
        #expect(await subject.poller.poll() == .api(.malformed))
    }

    @Test("a plainer form that fails in another way than a refusal is not the last that is tried")
    func failingForms() async throws {
        let (api, subject) = try subjectOfAll()
        api.fail { request in
            guard let status = request.status else { return nil }
            return .json(status == status.lowercased() ? 422 : request.start == nil ? 500 : 400, "{}")
        }
        for _ in 0..<2 { #expect(await subject.poller.poll() == nil) }
        #expect(subject.snapshot.health.forms.status == .unstated)
        #expect(subject.operations == 9)
    }

    @Test("a list without content is asked for once, and its Date tells the time")
    func noContent() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        let date = httpDate(time(nil) + 3600)
        api.fail { $0.id == nil ? ServerResponse(status: 204, headers: [("Date", date)], body: []) : nil }
        #expect(await subject.poller.poll() == nil)
        _ = api.takeRequests()
        #expect(await subject.poller.poll() == nil)
        #expect(api.takeRequests().map(\.status) == [nil, "PROCESSING"])
        #expect(subject.snapshot.health.clockSkew > .seconds(1800))
    }

    /// Each refusal that a part of a request can meet.
    private static let refusals: [String: @Sendable (ServerRequest) -> Bool] = [
        "start": { $0.start.map { $0 < Timestamp.wallClock() - .seconds(604_800) } ?? false },
        "size": { $0.query("pageSize") != nil },
        "token": { $0.query("pageToken") != nil && $0.queryItems.count > 1 },
        "dates": { $0.status != nil && $0.start != nil },
        "upper": { $0.status.map { $0 != $0.lowercased() } ?? false },
        "status": { $0.status != nil },
        "window": { request in
            request.start.map { (request.end ?? .wallClock()) - $0 > .seconds(86_000) } ?? false
        },
    ]

    /// Two days of operations, three of them unfinished, and the plan that lists all of them in each poll.
    private func subjectOfAll(concurrency: Int = 1) throws -> (FakeAPI, Subject) {
        let api = try FakeAPI(threads: .perConnection)
        for number in 0..<9 {
            api.put(
                operation(
                    "a\(number)", number % 3 == 0 ? .processing : .completed, age: .seconds(7200 + number * 20_000)))
        }
        var plan = PollPlan(interval: .seconds(3))
        plan.concurrency = concurrency
        for sweep in Sweep.allCases { plan[cadenceOf: sweep] = .zero }
        return (api, try Subject(api, plan: plan))
    }

    @Test(
        "an API that refuses two forms at once is read within a few polls, and in full when it takes them, at the next renewal",
        arguments: [
            ["start", "dates"], ["start", "status"], ["start", "window"], ["start", "token"], ["size", "window"],
            ["size", "token"], ["size", "dates"], ["window", "upper"], ["window", "status"], ["token", "upper"],
            ["token", "window"], ["token", "dates"],
        ], [1, 7])
    func refusedTwice(words: [String], concurrency: Int) async throws {
        let (api, subject) = try subjectOfAll(concurrency: concurrency)
        let matches = words.compactMap { Self.refusals[$0] }
        refuse(api) { request in matches.contains { $0(request) } }
        for _ in 0..<3 { _ = await subject.poller.poll() }
        let refused = subject.snapshot.health.requests.codes[400]
        #expect(await subject.poller.poll() == nil)
        #expect(subject.snapshot.health.requests.codes[400] == refused)
        #expect(subject.snapshot.ledger.windowIsComplete)
        #expect(subject.operations == 9)
        let forms = subject.snapshot.health.forms
        #expect(forms != RequestForms())
        // The full forms are refused again, and that is all.
        subject.poller.secondWays.withLock { $0.renewAll(at: .now) }
        let lines = subject.log.withLock { $0.count }
        for _ in 0..<2 { #expect(await subject.poller.poll() == nil) }
        #expect(subject.snapshot.health.forms == forms)
        #expect(subject.log.withLock { $0.count } == lines)
        api.fail()
        subject.poller.secondWays.withLock { $0.renewAll(at: .now) }
        for _ in 0..<3 { #expect(await subject.poller.poll() == nil) }
        #expect(subject.snapshot.health.forms == RequestForms())
        #expect(subject.operations == 9)
    }

    @Test("a list by status without dates whose tokens expire is left to the other sweeps")
    func expiredTokenWithoutDates() async throws {
        let (api, subject) = try subjectOfAll()
        let dates = try #require(Self.refusals["dates"])
        refuse(api) { dates($0) || $0.status != nil && $0.query("pageToken") != nil }
        for _ in 0..<3 { #expect(await subject.poller.poll() == nil) }
        #expect(subject.operations == 9)
        #expect(subject.snapshot.health.forms.status == .withoutDates)
    }

    @Test("a page token that leads out of its list when it goes alone does not go alone")
    func tokenOfNoList() async throws {
        let (api, subject) = try subjectOfAll()
        let token = try #require(Self.refusals["token"])
        // A token alone begins anew, with everything.
        let newest = [operation("a0"), operation("a1", .completed, age: .seconds(27_200))].map(FakeAPI.json)
        let page = #"{"operations": [\#(newest.joined(separator: ","))], "pagination": {"next": null}}"#
        api.fail { request in
            token(request) ? .json(400, "{}") : request.query("pageToken") == nil ? nil : .json(200, page)
        }
        for _ in 0..<2 { _ = await subject.poller.poll() }
        #expect(!subject.snapshot.health.forms.sendsTokenAlone)
    }
}

/// A time as the header `Date` has it.
private func httpDate(_ time: time_t) -> String {
    var (time, parts) = (time, tm())
    gmtime_r(&time, &parts)
    var text = [CChar](repeating: 0, count: 64)
    strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
