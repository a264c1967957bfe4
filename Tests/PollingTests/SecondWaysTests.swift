import CommsAPI
import Operations
import Testing

@testable import Polling

@Suite struct `Second ways` {
    private let start = ContinuousClock.now
    private let time = Timestamp(seconds: 1_714_226_400)
    private var ways = SecondWays()

    init() { ways.pollBegins() }

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func request(hours: Int? = nil, _ status: OperationStatus? = nil, token: String? = nil) -> ListRequest {
        let window = CreationWindow(start: hours.map { time - .seconds($0 * 3600) })
        return ListRequest(
            ListQuery(resource: .messages, window: window, status: status), at: time, after: token.map { PageToken($0) }
        )
    }

    private func parts(_ request: ListRequest) -> [RequestForms.Part] {
        ways.candidates(for: request, pageSize: 1000).map(\.part)
    }

    @Test mutating func `are tried in their order, those that the API has taken before last`() {
        #expect(parts(request(hours: 100, .processing)) == [.pageSize, .pageSize, .status, .status, .status])
        #expect(ways.noteTaken(request(), in: RequestForms()) == nil)
        #expect(parts(request(hours: 100, .processing)) == [.status, .status, .status, .pageSize, .pageSize])
    }

    @Test mutating func `are left out in a poll in which they did not help, and come last in the next`() {
        let first = ways.candidates(for: request(), pageSize: 1000)
        #expect(first.map(\.forms.pageSize) == [.atMostHundred, .unstated])
        ways.noteVain(first[0])
        for order in [[RequestForms.PageSize.unstated], [.unstated, .atMostHundred], [.atMostHundred, .unstated]] {
            #expect(ways.candidates(for: request(), pageSize: 1000).map(\.forms.pageSize) == order)
            ways.pollBegins()
        }
    }

    @Test mutating func `are at most six tries a poll`() {
        var taken: [Bool] = []
        for _ in 0..<8 { taken.append(ways.takeTry()) }
        #expect(taken == [true, true, true, true, true, true, false, false])
        ways.pollBegins()
        let first = ways.takeTry()
        #expect(first)
    }

    @Test mutating func `are in force for a day, then the full form is tried once, with a request that has the part`() {
        learn(.status) { $0.status == .lowercase }
        let scheduled = request(hours: 1, .scheduled)
        #expect(renewal(scheduled, at: 86_399) == nil)
        #expect(renewal(request(hours: 1), at: 86_400) == nil)
        #expect(renewal(request(hours: 1, .scheduled, token: "t"), at: 86_400) == nil)
        #expect(renewal(scheduled, at: 86_400) == .status)
        #expect(renewal(scheduled, at: 172_799) == nil)
        #expect(renewal(scheduled, at: 172_800) == .status)
    }

    @Test mutating func `end when the API takes the full form of a part, and the others stay`() {
        learn(.status) { $0.status == .lowercase }
        learn(.pageSize) { $0.pageSize == .unstated }
        ways.renewAll(at: at(60))
        let scheduled = request(hours: 1, .scheduled)
        var next = ways.next(for: scheduled, at: at(60))
        #expect(next.renewing == .pageSize)
        #expect(next.forms.pageSize == .asConfigured)
        #expect(next.forms.status == .lowercase)
        #expect(ways.noteTaken(scheduled, in: next.forms) == .pageSize)
        #expect(ways.forms.pageSize == .asConfigured)
        #expect(ways.forms.status == .lowercase)
        next = ways.next(for: scheduled, at: at(60))
        #expect(next.renewing == .status)
        // A request in the plainer form says nothing of the full one.
        #expect(ways.noteTaken(scheduled, in: ways.forms) == nil)
    }

    @Test mutating func `are not renewed by a request that leaves the part out`() {
        learn(.start) { $0.startsInside }
        learn(.status) { $0.status == .withoutDates }
        ways.renewAll(at: at(60))
        let old = request(hours: 169, .processing)
        #expect(renewal(old, at: 60) == .status)
        #expect(ways.noteTaken(old, in: ways.forms.full(.start)) == nil)
        #expect(renewal(request(hours: 169), at: 60) == .start)
    }

    @Test mutating func `ask for no list of everything where a list by status is not taken`() {
        learn(.start) { $0.startsInside }
        learn(.status) { $0.status == .unstated }
        ways.renewAll(at: at(60))
        let next = ways.next(for: request(hours: 169, .processing), at: at(60))
        #expect(next.renewing == .status)
        #expect(next.forms.status == .withDates)
        #expect(ways.omitsStatus(at: at(60)))
    }

    @Test mutating func `cut what is too long for the API, until the long window is tried again`() {
        let day = Slice(start: time - .seconds(86_400), end: nil)
        #expect(ways.parts(of: day, at: at(0), time: time) == nil)
        learn(.window) { $0.longestSpan == .seconds(43_200) }
        let middle = time - .seconds(43_200)
        #expect(
            ways.parts(of: day, at: at(0), time: time) == [
                Slice(start: middle, end: nil), Slice(start: day.start, end: middle),
            ])
        #expect(ways.parts(of: Slice(start: middle, end: nil), at: at(0), time: time + .seconds(5)) == nil)
        #expect(!ways.allow(request(hours: 24)))
        #expect(ways.allow(request(hours: 12)))
        #expect(renewal(request(hours: 12), at: 86_400) == nil)
        #expect(ways.parts(of: day, at: at(86_400), time: time) == nil)
        #expect(renewal(request(hours: 24), at: 86_400) == .window)
        #expect(ways.parts(of: day, at: at(86_400), time: time)?.count == 2)
        #expect(ways.noteTaken(request(hours: 12), in: ways.forms.full(.window)) == nil)
        #expect(ways.noteTaken(request(hours: 24), in: ways.forms.full(.window)) == .window)
        #expect(ways.forms == RequestForms())
    }

    @Test mutating func `are tried again in an hour where a fault kept the API from saying if it takes the full form`()
    {
        learn(.pageSize) { $0.pageSize == .unstated }
        #expect(renewal(request(), at: 86_400) == .pageSize)
        ways.postpone(.pageSize, at: at(86_400))
        #expect(renewal(request(), at: 89_999) == nil)
        #expect(renewal(request(), at: 90_000) == .pageSize)
    }

    @Test mutating func `are doubted once a poll where they are refused as well and nothing helps`() {
        learn(.token) { $0.sendsTokenAlone }
        learn(.pageSize) { $0.pageSize == .unstated }
        ways.doubt(request(token: "t"), at: at(60))
        #expect(renewal(request(), at: 60) == nil)
        #expect(renewal(request(token: "t"), at: 60) == .token)
        ways.doubt(request(token: "t"), at: at(60))
        #expect(renewal(request(token: "t"), at: 60) == nil)
    }

    @Test mutating func `keep what was renewed while another was learnt`() {
        learn(.pageSize) { $0.pageSize == .unstated }
        let candidates = ways.candidates(for: request(hours: 169, .processing), pageSize: 1000)
        ways.renewAll(at: at(60))
        let next = ways.next(for: request(), at: at(60))
        #expect(ways.noteTaken(request(), in: next.forms) == .pageSize)
        if let candidate = candidates.first(where: { $0.part == .status }) { ways.learn(candidate, at: at(60)) }
        #expect(ways.forms.pageSize == .asConfigured)
        #expect(ways.forms.status == .withoutDates)
    }

    @Test mutating func `renew a long window before anything else that it carries`() {
        learn(.start) { $0.startsInside }
        learn(.window) { $0.longestSpan == .seconds(43_200) }
        ways.renewAll(at: at(60))
        #expect(renewal(request(hours: 169), at: 60) == .window)
        #expect(renewal(request(hours: 169), at: 60) == nil)
    }

    @Test mutating func `leave lists by status out where none is taken, until they are tried again`() {
        #expect(!ways.omitsStatus(at: at(0)))
        learn(.status) { $0.status == .unstated }
        #expect(ways.omitsStatus(at: at(86_399)))
        #expect(!ways.allow(request(hours: 1, .processing)))
        #expect(!ways.omitsStatus(at: at(86_400)))
    }

    @Test mutating func `take the first refused token of a poll for one that has expired`() {
        var judged: [Bool] = []
        for _ in 0..<2 {
            judged += [ways.noteRefusedToken(), ways.noteRefusedToken()]
            ways.pollBegins()
        }
        #expect(judged == [false, true, false, true])
    }

    private mutating func renewal(_ request: ListRequest, at seconds: Int) -> RequestForms.Part? {
        ways.next(for: request, at: at(seconds)).renewing
    }

    /// Learns the first form that fulfils a condition, of those that are tried for a request that has all parts of it.
    private mutating func learn(_ part: RequestForms.Part, _ condition: (RequestForms) -> Bool) {
        let requests = [request(hours: 169, .processing), request(hours: 24), request(token: "t")]
        let candidates = requests.flatMap { ways.candidates(for: $0, pageSize: 1000) }
        guard let candidate = candidates.first(where: { $0.part == part && condition($0.forms) }) else {
            Issue.record("there is no such form")
            return
        }
        ways.learn(candidate, at: start)
    }
}
