import CommsAPI
import HTTPClient
import HTTPServer
import Operations
import TestSupport
import Testing

@Suite struct `Listing operations` {
    @Test func `asks as the account for what the query says`() async throws {
        let api = try StubAPI(.page())
        let query = ListQuery(
            resource: .messages,
            window: CreationWindow(
                start: Timestamp(milliseconds: 1_713_621_600_999), end: Timestamp(milliseconds: 1_713_625_200_001)),
            status: .processing)
        #expect(try await ids(api.client(pageSize: 500).pages(of: query)) == [])
        let request = try #require(api.requests.first)
        #expect(request.path == "/v1/Messages/Operations")
        #expect(
            request.queryItems.map { "\($0.name)=\($0.value)" } == [
                "startDate=2024-04-20T14:00:00Z", "endDate=2024-04-20T15:00:01Z", "status=PROCESSING", "pageSize=500",
            ])
        #expect(request.header("Authorization") == "Basic QUMxOnMzY3JldA==")
        #expect(request.header("User-Agent") == "tests/1")
        #expect(request.header("Accept-Encoding") == "gzip")
    }

    @Test func `leaves out what the query leaves open`() async throws {
        let api = try StubAPI(.page())
        _ = try await ids(api.client().pages(of: everything))
        #expect(api.requests.first?.queryItems.map(\.name) == ["pageSize"])
    }

    @Test func `follows tokens to the end, and sends the filters again with each`() async throws {
        let api = try StubAPI(.page("a", "b", next: "t+1/=?&ü"), .page(next: "t2"), .page("c"))
        let query = ListQuery(
            resource: .messages, window: CreationWindow(start: Timestamp(seconds: 1_713_621_600)), status: .scheduled)
        #expect(try await ids(api.client().pages(of: query)) == ["a", "b", "c"])
        #expect(api.requests.map { $0.query("pageToken") } == [nil, "t+1/=?&ü", "t2"])
        for request in api.requests {
            #expect(request.query("startDate") == "2024-04-20T14:00:00Z")
            #expect(request.query("status") == "SCHEDULED")
            #expect(request.query("pageSize") == "1000")
        }
    }

    @Test(arguments: [
        (200, #"{"operations": null, "pagination": {"next": null}}"#), (200, #"{"pagination": {"next": null}}"#),
        (200, #"{"operations": null}"#), (204, ""),
    ])
    func `takes a list without operations for an empty one, however it is written`(
        status: Int, body: String
    ) async throws {
        let api = try StubAPI(.json(status, body))
        #expect(try await ids(api.client().pages(of: everything)) == [])
        #expect(api.requests.count == 1)
    }

    @Test(arguments: [
        "/v1/Messages/Operations?pageSize=2&pageToken=t%2F1", "?PageToken=t/1", "page_token=t/1", "pagetoken=t/1&x=2",
        "https://example.com/?Page-Token=t%2f1#end",
    ])
    func `takes the token from a path or a query, however its name is spelled`(next: String) async throws {
        let api = try StubAPI(.page("a", next: next), .page("b"))
        #expect(try await ids(api.client().pages(of: everything)) == ["a", "b"])
        #expect(api.requests.last?.query("pageToken") == "t/1")
    }

    @Test func `takes the token, and nothing else, from a next that is a URL`() async throws {
        let api = try StubAPI(.page("a", next: "http://127.0.0.1:1/elsewhere?pageToken=t%2F1"), .page("b"))
        #expect(try await ids(api.client().pages(of: everything)) == ["a", "b"])
        #expect(api.requests.map(\.path) == ["/v1/Messages/Operations", "/v1/Messages/Operations"])
        #expect(api.requests.last?.query("pageToken") == "t/1")
    }

    @Test func `goes below the path of the base URL`() async throws {
        let api = try StubAPI(.page())
        let client = CommsClient(
            baseURL: try #require(BaseURL("\(api.baseURL)/proxy/")),
            credentials: { Credentials(userName: "AC1", secret: "x") }, userAgent: "tests/1", http: try HTTPClient())
        _ = try await ids(client.pages(of: everything))
        #expect(api.requests.map(\.path) == ["/proxy/v1/Messages/Operations"])
    }

    @Test func `asks for the credentials each time, since secrets rotate`() async throws {
        let api = try StubAPI(.page(next: "a"), .page())
        let asked = Log<Void>()
        let client = CommsClient(
            baseURL: api.baseURL,
            credentials: {
                Credentials(userName: "AC1", secret: "s\(asked.note(()))")
            }, userAgent: "tests/1", http: try HTTPClient())
        _ = try await ids(client.pages(of: everything))
        #expect(api.requests.map { $0.header("Authorization") } == ["Basic QUMxOnMx", "Basic QUMxOnMy"])
    }

    @Test func `ends with an error where tokens lead in a circle`() async throws {
        let api = try StubAPI(
            .page("1", next: "A"), .page("2", next: "B"), .page("3", next: "A"), .page("4", next: "B"))
        var pages = try api.client().pages(of: everything).makeAsyncIterator()
        for id in ["1", "2", "3"] { #expect(try await pages.next()?.operations.map(\.id) == [id]) }
        let error = await #expect(throws: CommsError.self) { try await pages.next() }
        #expect(error?.reason == .pagination)
        #expect(error?.description == "/v1/Messages/Operations: page 3 leads back to an earlier one; gave up")
        #expect(api.requests.count == 3)
        #expect(try await pages.next() == nil)
    }

    @Test func `ends with a page that names itself as the next`() async throws {
        let api = try StubAPI(.page("1", next: "A"), .page("2", next: "A"))
        #expect(try await ids(api.client().pages(of: everything)) == ["1", "2"])
        #expect(api.requests.count == 2)
    }

    @Test func `ends with an error where pages come again under other tokens`() async throws {
        let api = try StubAPI(
            .page("1", "2", next: "A"), .page("3", next: "B"), .page("1", "2", next: "C"), .page("3", next: "D"))
        var pages = try api.client().pages(of: everything).makeAsyncIterator()
        for ids in [["1", "2"], ["3"], ["1", "2"], ["3"]] {
            #expect(try await pages.next()?.operations.map(\.id) == ids)
        }
        let error = await #expect(throws: CommsError.self) { try await pages.next() }
        #expect(
            error == .failed(.pagination, "/v1/Messages/Operations: page 4 is an earlier one again; gave up"))
        #expect(api.requests.count == 4)
    }

    @Test func `goes on after empty pages, where pages overlap, and where one comes again`() async throws {
        let api = try StubAPI(
            .page(next: "A"), .page(next: "B"), .page("1", "2", next: "C"), .page("2", "3", next: "D"),
            .page("2", next: "E"), .page("2", next: "F"), .page("1", "2"))
        #expect(try await ids(api.client().pages(of: everything)) == ["1", "2", "2", "3", "2", "2", "1", "2"])
    }

    @Test func `goes on for a thousand empty pages, and no more`() async throws {
        let full = try StubAPI { _, number in number <= 1000 ? .page(next: "token\(number)") : .page("1") }
        #expect(try await ids(full.client().pages(of: everything)) == ["1"])
        let empty = try StubAPI { _, number in .page(next: "token\(number)") }
        let error = await #expect(throws: CommsError.self) { try await ids(empty.client().pages(of: everything)) }
        #expect(
            error
                == .failed(.pagination, "/v1/Messages/Operations: the list goes on after 1001 empty pages; gave up"))
    }

    @Test func `ends with an error where pages do not end`() async throws {
        let api = try StubAPI { _, number in .page("\(number)", next: "token\(number)") }
        let error = await #expect(throws: CommsError.self) {
            try await ids(api.client(maximumPages: 7).pages(of: everything))
        }
        #expect(error == .failed(.pagination, "/v1/Messages/Operations: the list goes on after 7 pages; gave up"))
        #expect(api.requests.count == 7)
    }

    @Test func `reads exactly as many pages as the cap allows`() async throws {
        let api = try StubAPI(.page("1", next: "A"), .page("2"))
        #expect(try await ids(api.client(maximumPages: 2).pages(of: everything)) == ["1", "2"])
    }
}

@Suite struct `Fetching one operation` {
    @Test func `asks for it by its id`() async throws {
        let api = try StubAPI(.json(element(id: #""comms_operation_7""#, stats: #"{"total": 3}"#)))
        let page = try #require(try await api.client().fetch(id: "comms_operation_7", of: .messages))
        #expect(page.operations.map(\.id) == ["comms_operation_7"])
        #expect(page.operations.map(\.stats) == [[.total: 3]])
        #expect(page.invalid.isEmpty)
        #expect(api.requests.map(\.path) == ["/v1/Messages/Operations/comms_operation_7"])
        #expect(api.requests.first?.queryItems.isEmpty == true)
    }

    @Test func `counts its faults as a list does`() async throws {
        let api = try StubAPI(
            .json(element(id: #""a""#, status: #""SHIPPED""#, stats: #"{"total": -1}"#, updatedAt: "7")),
            .json(element(id: #""a""#, createdAt: "null")))
        let client = try api.client()
        let tolerated = try #require(try await client.fetch(id: "a", of: .messages))
        #expect(tolerated.operations.map(\.status) == [.unknown])
        #expect(tolerated.invalid == [.status: 1, .stats: 1, .updatedAt: 1])
        #expect(try await client.fetch(id: "a", of: .messages) == Page(operations: [], invalid: [.createdAt: 1]))
    }

    @Test(arguments: [404, 410]) func `gives none where the API does not know it`(status: Int) async throws {
        let api = try StubAPI(.json(status, #"{"errors":[{"code":20404,"message":"Not Found"}]}"#))
        #expect(try await api.client().fetch(id: "a", of: .messages) == nil)
        #expect(api.requests.count == 1)
    }

    @Test(arguments: [#"{"id": "b"}"#, "{}", #"{"id": 7}"#, element(id: #""b""#), "[]"])
    func `refuses another operation than the one asked for`(body: String) async throws {
        let api = try StubAPI(.json(body))
        let error = await #expect(throws: CommsError.self) { try await api.client().fetch(id: "a", of: .messages) }
        #expect(error?.reason == .malformed)
    }
}

/// What listing everything fails with.
private func failure(of api: StubAPI) async throws -> CommsError? {
    await #expect(throws: CommsError.self) { try await ids(api.client().pages(of: everything)) }
}
