import HTTPClient
import HTTPServer
import Operations
import TestSupport
import Testing

@testable import CommsAPI

@Suite struct `A failure` {
    @Test(
        arguments: [
            (
                401, #"{"code":20003,"message":"Authenticate","more_info":"x","status":401}"#, .auth,
                "status 401; Twilio error 20003: Authenticate; "
                    + "check the account SID and its auth token, or the API key and its secret"
            ),
            (
                403, "", .auth, "status 403; check that the account or API key may read message operations"
            ),
            (
                400, #"{"errors":[{"code":21481,"message":"Invalid PageToken","context":"null"},{"code":1}]}"#,
                .clientError,
                "status 400; Twilio error 21481: Invalid PageToken"
            ),
            (404, "<html>no</html>", .clientError, "status 404; check the base URL"),
            (302, "", .clientError, "status 302; redirects are not followed; check the base URL"),
            (418, "[]", .clientError, "status 418"),
            (500, #"{"message":"a\nb\u0000c\u202ed"}"#, .serverError, "status 500; Twilio error: a b c d"),
            (501, #"{"code":"x"}"#, .serverError, "status 501"),
        ] as [(Int, String, FailureReason, String)])
    func `of a status is told in one line, and not tried again`(
        status: Int, body: String, reason: FailureReason, text: String
    ) async throws {
        let api = try StubAPI(.json(status, body))
        let error = await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
        let line = "GET \(api.baseURL)/v1/Messages/Operations: \(text)"
        #expect(error == (status == 400 ? .refused(line) : .failed(reason, line)))
        #expect(error?.reason == reason)
        #expect(api.requests.count == 1)
    }

    @Test func `shows at most 200 characters of what the API says`() async throws {
        let api = try StubAPI(.json(400, #"{"message":"\#(String(repeating: "é", count: 1000))"}"#))
        let error = await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
        #expect(error?.description.hasSuffix("Twilio error: \(String(repeating: "é", count: 200))…") == true)
    }

    @Test func `shows nothing of a body beyond 64 KiB, which is not the API's`() async throws {
        for (length, text) in [(65_536, "status 400; Twilio error: a"), (65_537, "status 400")] {
            let start = #"{"message":"a","x":""#
            let filler = String(repeating: "x", count: length - start.utf8.count - 2)
            let api = try StubAPI(.json(400, start + filler + #""}"#))
            let error = await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
            #expect(error == .refused("GET \(api.baseURL)/v1/Messages/Operations: \(text)"))
        }
    }

    @Test func `shows none of what was sent where the API repeats it`() async throws {
        let message = """
            Invalid PageToken t/0k=n+ at /v1?pageToken=t%2F0k%3dn%2B&x=1 of AC1 (s%33cret, s3cret; Basic QUMxOnMzY3JldA==)
            """
        let api = try StubAPI { request, _ in
            request.query("pageToken") == nil
                ? .page("a", next: "t/0k=n+") : .json(400, #"{"code":21481,"message":"\#(message)"}"#)
        }
        let error = await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
        let shown = """
            Invalid PageToken <hidden> at /v1?pageToken=<hidden>&x=1 of <hidden> (<hidden>, <hidden>; Basic <hidden>)
            """
        #expect(
            error?.description
                == "GET \(api.baseURL)/v1/Messages/Operations: status 400; Twilio error 21481: \(shown)")
    }

    @Test func `shows no part of a token that the API repeats where its words are cut`() async throws {
        let token = String(repeating: "t0ken", count: 100)
        let api = try StubAPI { request, _ in
            request.query("pageToken") == nil
                ? .page("a", next: token)
                : .json(400, #"{"message":"\#(String(repeating: "-", count: 190))\#(token)"}"#)
        }
        let error = await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
        #expect(error?.description.hasSuffix("--<hidden>") == true)
    }

    @Test func `shows neither secrets nor page tokens`() async throws {
        let bodies = ["<html>", #"{"code":20003}"#]
        for (status, body) in [(200, bodies[0]), (401, bodies[1]), (503, bodies[0])] {
            let api = try StubAPI { request, _ in
                request.query("pageToken") == nil ? .page("a", next: "t0ken") : .json(status, body)
            }
            let error = await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
            for secret in ["t0ken", "s3cret", "AC1", "Basic", "QUMx"] {
                #expect(error?.description.contains(secret) == false)
            }
        }
    }

    @Test(arguments: ["", "<html>", "[]", #"{"operations": ["#, #"{"operations": [], "pagination": {"next": 7}}"#])
    func `of a body is malformed, and not tried again`(body: String) async throws {
        let api = try StubAPI(.json(body))
        let error = await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
        #expect(error?.reason == .malformed)
        #expect(api.requests.count == 1)
    }

    @Test(
        arguments: [
            (.timeout("Operation timed out"), .timeout, true), (.network("Connection reset"), .network, true),
            (.tooLarge(limit: 5), .malformed, false), (.excessive("more"), .malformed, false),
            (.invalidURL("bad"), .network, false), (.canceled, nil, false),
        ] as [(HTTPClientError, FailureReason?, Bool)])
    func `of an exchange is tried again only if that may help`(
        cause: HTTPClientError, reason: FailureReason?, isTransient: Bool
    ) throws {
        let target = RequestTarget(baseURL: .twilio, path: "/v1", query: [(name: "pageToken", value: "t0ken")])
        let failure = RequestFailure(cause, of: target)
        #expect(failure.error.reason == reason)
        #expect(failure.isTransient == isTransient)
        #expect(!failure.error.description.contains("t0ken"))
    }

    @Test func `gives no part of a page`() async throws {
        let api = try StubAPI(.page("a", next: "t"), .json(#"{"operations": [\#(element()), \#(element()) "#))
        var pages = try api.client().pages(of: everything).makeAsyncIterator()
        #expect(try await pages.next()?.operations.count == 1)
        let error = await #expect(throws: CommsError.self) { try await pages.next() }
        #expect(error?.reason == .malformed)
    }

    @Test func `by cancellation is nobody's`() async throws {
        let peer = try ScriptedPeer(.init(then: .hang))
        let log = Log<RequestEvent>()
        let client = CommsClient(
            baseURL: try #require(BaseURL(peer.url)), credentials: { Credentials(userName: "AC1", secret: "x") },
            userAgent: "tests/1", http: try HTTPClient(), observe: log.noteOutcome)
        let task = Task { try await ids(client.pages(of: everything)) }
        _ = await peer.requests.first { _ in true }
        task.cancel()
        await #expect(throws: CommsError.canceled) { try await task.value }
        #expect(log.all.map(\.description) == ["canceled"])
    }
}

@Suite struct `Trying again` {
    @Test(arguments: [429, 502, 503, 504])
    func `helps against a status that passes`(status: Int) async throws {
        let api = try StubAPI(.json(status, "{}"), .json(status, "{}"), .page("a"))
        let time = TestTime()
        #expect(try await ids(api.client(timing: time.timing).pages(of: everything)) == ["a"])
        #expect(time.sleeps == [.seconds(1), .seconds(2)])
    }

    @Test(
        arguments: [
            (429, .throttled, "status 429; poll less often, or allow fewer requests per second"),
            (503, .serverError, "status 503"),
        ] as [(Int, FailureReason, String)])
    func `ends after three times`(status: Int, reason: FailureReason, text: String) async throws {
        let api = try StubAPI(.json(status, "{}"))
        let error = await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
        #expect(error == .failed(reason, "GET \(api.baseURL)/v1/Messages/Operations: \(text)"))
        #expect(api.requests.count == 3)
    }

    @Test func `helps against a connection that breaks`() async throws {
        let body = #"{"operations": []}"#
        let page = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let peer = try ScriptedPeer(
            .init(then: .reset), .init("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), .init(page))
        let log = Log<RequestEvent>()
        #expect(try await ids(client(of: peer.url, log: log).pages(of: everything)) == [])
        #expect(
            log.all.map(\.description) == [
                "finished without response", "retrying after network in 1.0 seconds", "finished without response",
                "retrying after network in 2.0 seconds", "finished 200",
            ])
    }

    @Test func `does not help where nobody listens`() async throws {
        let port = try SilentPort()
        let log = Log<RequestEvent>()
        let error = await #expect(throws: CommsError.self) {
            try await ids(client(of: "http://127.0.0.1:\(port.port)", log: log).pages(of: everything))
        }
        #expect(error?.reason == .network)
        #expect(error?.description.hasPrefix("GET http://127.0.0.1:\(port.port)/v1/Messages/Operations: ") == true)
        #expect(log.all.filter { $0.description == "finished without response" }.count == 3)
    }

    @Test func `begins anew with each page`() async throws {
        let api = try StubAPI(
            .json(503, ""), .json(503, ""), .page("a", next: "t"), .json(503, ""), .json(503, ""), .page("b"))
        #expect(try await ids(api.client().pages(of: everything)) == ["a", "b"])
    }

    @Test func `waits as long as the API asks, in seconds or until a date`() async throws {
        let api = try StubAPI(
            .json(429, "", headers: [("Retry-After", "7")]),
            .json(
                503, "",
                headers: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT")]),
            .page("a"))
        let time = TestTime()
        let log = Log<RequestEvent>()
        #expect(
            try await ids(api.client(timing: time.timing, observe: log.noteOutcome).pages(of: everything)) == ["a"])
        #expect(time.sleeps == [.seconds(7), .seconds(30)])
        #expect(
            log.all.map(\.description) == [
                "finished 429", "retrying after throttled in 7.0 seconds", "throttled 7.0 seconds", "finished 503",
                "retrying after server_error in 30.0 seconds", "throttled 30.0 seconds", "finished 200",
            ])
    }

    @Test func `waits five minutes at most, and its own time at least`() async throws {
        let api = try StubAPI(
            .json(429, "", headers: [("Retry-After", "86400")]), .json(429, "", headers: [("Retry-After", "0")]),
            .page("a"))
        let time = TestTime()
        #expect(try await ids(api.client(timing: time.timing).pages(of: everything)) == ["a"])
        #expect(time.sleeps == [.seconds(300), .seconds(2)])
    }

    @Test(arguments: [401, 403])
    func `with other credentials waits for no pause that came with a refusal`(status: Int) async throws {
        let api = try StubAPI(.json(status, "", headers: [("Retry-After", "300")]), .page("a"))
        let time = TestTime()
        let client = try api.client(timing: time.timing)
        await #expect(throws: CommsError.self) { try await ids(client.pages(of: everything)) }
        #expect(try await ids(client.pages(of: everything)) == ["a"])
        #expect(time.sleeps == [])
    }

    /// The API left to itself is an account's, whoever asks.
    @Test(arguments: [429, 503])
    func `with other credentials waits for a pause all the same`(status: Int) async throws {
        let api = try StubAPI { _, number in
            number <= 3 ? .json(status, "", headers: [("Retry-After", "60")]) : .page("a")
        }
        let time = TestTime()
        let asked = Log<Void>()
        let client = CommsClient(
            baseURL: api.baseURL, credentials: { Credentials(userName: "AC1", secret: "s\(asked.note(()))") },
            userAgent: "tests/1", http: try HTTPClient(), timing: time.timing)
        await #expect(throws: CommsError.self) { try await ids(client.pages(of: everything)) }
        #expect(try await ids(client.pages(of: everything)) == ["a"])
        #expect(time.sleeps == [.seconds(60), .seconds(60), .seconds(60)])
    }

    @Test func `after the last time leaves the API alone for as long as it asked`() async throws {
        let api = try StubAPI { _, number in
            number <= 3 ? .json(429, "", headers: [("Retry-After", "60")]) : .page("a")
        }
        let time = TestTime()
        let client = try api.client(timing: time.timing)
        await #expect(throws: CommsError.self) { try await ids(client.pages(of: everything)) }
        #expect(time.sleeps == [.seconds(60), .seconds(60)])
        #expect(try await ids(client.pages(of: everything)) == ["a"])
        #expect(time.sleeps == [.seconds(60), .seconds(60), .seconds(60)])
    }

    @Test func `tells how long it was left waiting, also where that was cut short`() async throws {
        let api = try StubAPI(.json(429, "", headers: [("Retry-After", "7")]))
        let time = TestTime()
        let log = Log<RequestEvent>()
        var timing = time.timing
        timing.sleep = { [sleep = timing.sleep] _ in
            try await sleep(.seconds(3))
            withUnsafeCurrentTask { $0?.cancel() }
            try Task.checkCancellation()
        }
        let client = try api.client(timing: timing, observe: log.noteOutcome)
        let task = Task { try await ids(client.pages(of: everything)) }
        await #expect(throws: CommsError.canceled) { try await task.value }
        #expect(
            log.all.map(\.description) == [
                "finished 429", "retrying after throttled in 7.0 seconds", "throttled 3.0 seconds",
            ])
    }

    /// A budget that was used up before a pause would let everything that waits go at once after it.
    @Test func `keeps to the budget after a pause`() async throws {
        let api = try StubAPI(
            .json(429, "", headers: [("Retry-After", "60")]), .page("a", next: "t"), .page("b"))
        let time = TestTime()
        let client = try api.client(
            timing: time.timing, pace: RequestPace(RequestBudget(requestsPerSecond: 1, burst: 1)))
        #expect(try await ids(client.pages(of: everything)) == ["a", "b"])
        #expect(time.sleeps == [.seconds(60), .seconds(1)])
    }

    /// Twilio limits accounts, whatever they list.
    @Test func `makes every client of the account pause`() async throws {
        let api = try StubAPI(.json(429, "", headers: [("Retry-After", "60")]), .page("a"))
        let time = TestTime()
        let pace = RequestPace(RequestBudget(requestsPerSecond: 1, burst: 1))
        let clients = try (0..<2).map { _ in try api.client(timing: time.timing, pace: pace) }
        #expect(try await ids(clients[0].pages(of: everything)) == ["a"])
        #expect(try await ids(clients[1].pages(of: everything)) == ["a"])
        #expect(time.sleeps == [.seconds(60), .seconds(1)])
        pace.change(to: RequestBudget(requestsPerSecond: 0))
        for client in clients { #expect(try await ids(client.pages(of: everything)) == ["a"]) }
        #expect(time.sleeps.count == 2)
    }

    @Test func `stops where the task is canceled while it waits`() async throws {
        let api = try StubAPI(.json(503, ""))
        let timing = RequestTiming(
            now: { .now },
            sleep: { _ in
                withUnsafeCurrentTask { $0?.cancel() }
                try Task.checkCancellation()
            }, jitter: { $0 })
        let client = try api.client(timing: timing)
        let task = Task { try await ids(client.pages(of: everything)) }
        await #expect(throws: CommsError.canceled) { try await task.value }
        #expect(api.requests.count == 1)
    }

    private func client(of url: String, log: Log<RequestEvent>) throws -> CommsClient {
        CommsClient(
            baseURL: try #require(BaseURL(url)), credentials: { Credentials(userName: "AC1", secret: "x") },
            userAgent: "tests/1", http: try HTTPClient(), timing: TestTime().timing, observe: log.noteOutcome)
    }
}
