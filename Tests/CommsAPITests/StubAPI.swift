import CommsAPI
import Foundation
import HTTPClient
import HTTPServer
import Operations

/// An API of a test's making, behind a real socket, and what it has been asked.
final class StubAPI: Sendable {
    private let server: Server
    private let log = Log<ServerRequest>()

    /// `respond` gets each request and its number, from 1.
    init(_ respond: @escaping @Sendable (ServerRequest, Int) -> ServerResponse) throws {
        server = try Server(listening: ListenAddress("127.0.0.1:0")) { [log] in respond($0, log.note($0)) }
    }

    /// Answers in turn, and with the last one again and again.
    convenience init(_ responses: ServerResponse...) throws {
        try self.init { _, number in responses[min(number, responses.count) - 1] }
    }

    var requests: [ServerRequest] { log.all }
    var baseURL: BaseURL { BaseURL("http://127.0.0.1:\(server.port)")! }

    /// A client that waits in the time of the test.
    func client(
        timing: RequestTiming = TestTime().timing, pageSize: Int = 1000, maximumPages: Int = 10_000,
        credentials: Credentials = Credentials(userName: "AC1", secret: "s3cret"),
        pace: RequestPace = RequestPace(),
        observe: @escaping @Sendable (RequestEvent) -> Void = { _ in }
    ) throws -> CommsClient {
        CommsClient(
            baseURL: baseURL, credentials: { credentials }, userAgent: "tests/1", http: try HTTPClient(),
            pageSize: pageSize, maximumPages: maximumPages, pace: pace, timing: timing, observe: observe)
    }
}

/// A time that passes when somebody sleeps; jitter is as long as it may be.
final class TestTime: @unchecked Sendable {
    // Proof of Sendable: both variables are touched under the lock only.
    private let lock = NSLock()
    private let start = ContinuousClock.now
    private var elapsed = Duration.zero
    private var slept: [Duration] = []

    var sleeps: [Duration] { lock.withLock { slept } }

    var timing: RequestTiming {
        RequestTiming(
            now: { self.start + self.lock.withLock { self.elapsed } },
            sleep: { duration in
                try Task.checkCancellation()
                self.lock.withLock {
                    self.elapsed += duration
                    self.slept.append(duration)
                }
            },
            jitter: { $0 })
    }
}

extension ServerResponse {
    static func json(_ text: String, headers: [(name: String, value: String)] = []) -> ServerResponse {
        json(200, text, headers: headers)
    }

    static func json(
        _ status: Int, _ text: String, headers: [(name: String, value: String)] = []
    ) -> ServerResponse {
        ServerResponse(
            status: status, headers: [(name: "Content-Type", value: "application/json")] + headers,
            body: Array(text.utf8))
    }

    /// A page with these operations, and a token for the next.
    static func page(_ ids: String..., next: String? = nil) -> ServerResponse {
        let elements = ids.map { element(id: "\"\($0)\"") }.joined(separator: ",")
        let next = next.map { "\"\($0)\"" } ?? "null"
        return .json(#"{"operations": [\#(elements)], "pagination": {"next": \#(next)}}"#)
    }
}

let everything = ListQuery(resource: .messages, window: CreationWindow())

/// The ids of all pages.
func ids(_ pages: Pages) async throws(CommsError) -> [String] {
    var ids: [String] = []
    for try await page in pages { ids += page.operations.map(\.id) }
    return ids
}
