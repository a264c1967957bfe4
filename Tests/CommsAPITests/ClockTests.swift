import CommsAPI
import HTTPServer
import Operations
import Testing

@Suite struct `The API's clock` {
    @Test func `is told by a page, and when that was by ours`() async throws {
        let api = try StubAPI(.dated(200, #"{"operations": []}"#))
        let seen = Log<RequestEvent>()
        let before = ContinuousClock.now
        _ = try await ids(api.client(timing: .system, observe: seen.noteOutcome).pages(of: everything))
        guard case .finished(200, let date, let sentAt, let receivedAt) = seen.all.last else {
            Issue.record("\(seen.all)")
            return
        }
        #expect(date == Timestamp(seconds: 1_713_621_600))
        #expect(before <= sentAt)
        #expect(sentAt < receivedAt)
        #expect(receivedAt <= .now)
        #expect(seen.all.count == 1)
    }

    @Test func `is told by an operation that is fetched`() async throws {
        let api = try StubAPI(.dated(200, element(id: #""a""#)))
        let seen = Log<RequestEvent>()
        _ = try await api.client(observe: seen.noteOutcome).fetch(id: "a", of: .messages)
        #expect(dates(seen) == [Timestamp(seconds: 1_713_621_600)])
    }

    @Test(
        arguments: [
            (200, "<html>"), (200, "{}"), (200, ""), (203, ""), (302, ""), (401, #"{"code":20003}"#), (404, "{}"),
            (500, ""),
        ])
    func `is not told by any other response, which may be a gateway's`(status: Int, body: String) async throws {
        let api = try StubAPI(.dated(status, body))
        let seen = Log<RequestEvent>()
        let client = try api.client(observe: seen.noteOutcome)
        await #expect(throws: CommsError.self) { try await ids(client.pages(of: everything)) }
        _ = try? await client.fetch(id: "a", of: .messages)
        #expect(seen.all.map(\.description) == ["finished \(status)", "finished \(status)"])
        #expect(dates(seen) == [nil, nil])
    }

    @Test func `is not told by a response after which a request is sent again`() async throws {
        let api = try StubAPI(.dated(503, ""), .dated(200, #"{"operations": []}"#))
        let seen = Log<RequestEvent>()
        _ = try await ids(api.client(observe: seen.noteOutcome).pages(of: everything))
        #expect(dates(seen) == [nil, Timestamp(seconds: 1_713_621_600)])
    }

    /// Of every exchange.
    private func dates(_ log: Log<RequestEvent>) -> [Timestamp?] {
        log.all.compactMap { event in
            guard case .finished(_, let date, _, _) = event else { return nil }
            return .some(date)
        }
    }
}

extension ServerResponse {
    fileprivate static func dated(_ status: Int, _ text: String) -> ServerResponse {
        json(status, text, headers: [("Date", "Sat, 20 Apr 2024 14:00:00 GMT")])
    }
}
