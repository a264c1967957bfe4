import CommsAPI
import HTTPClient
import HTTPServer
import Locking
import Operations

/// An API behind a real socket that lists and fetches a few operations, and fails where a test wants it to.
final class FakeAPI: Sendable {
    private struct State {
        var operations: [Operation]
        var fault: @Sendable (ServerRequest) -> ServerResponse? = { _ in nil }
        var requests: [ServerRequest] = []
        /// The lists that have been asked for, which a page token alone stands for.
        var lists: [ServerRequest] = []
    }

    private let state: Locked<State>
    private let server: Server

    /// `threads` is for tests in which several answers wait at a time.
    init(_ operations: Operation..., threads: ServerLimits.Threads = .pool(2)) throws {
        let state = Locked(State(operations: operations))
        self.state = state
        let limits = ServerLimits(threads: threads)
        server = try Server(listening: ListenAddress("127.0.0.1:0"), limits: limits) { request in
            let (fault, operations, list, number) = state.withLock { state in
                state.requests.append(request)
                // A token ends with the number of its list.
                let number = request.query("pageToken")?.split(separator: ".").last.flatMap { Int($0) }
                if number == nil { state.lists.append(request) }
                let list = number.map { state.lists[$0] } ?? request
                return (state.fault, state.operations, list, number ?? state.lists.count - 1)
            }
            return fault(request)
                ?? Self.answer(request.queryItems.count > 1 ? request : list, request, number, operations)
        }
    }

    /// Puts an operation in place of the one with its id, or adds it.
    func put(_ operation: Operation) {
        state.withLock {
            $0.operations.removeAll { $0.id == operation.id }
            $0.operations.append(operation)
        }
    }

    func forget(_ id: String) {
        state.withLock { $0.operations.removeAll { $0.id == id } }
    }

    /// From now on, answers with what `fault` gives where it gives something.
    func fail(_ fault: @escaping @Sendable (ServerRequest) -> ServerResponse? = { _ in nil }) {
        state.withLock { $0.fault = fault }
    }

    /// The requests since the last call.
    func takeRequests() -> [ServerRequest] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    /// A client that neither waits for its budget nor before it tries again.
    func client(_ journal: @escaping @Sendable (RequestEvent) -> Void) throws -> CommsClient {
        CommsClient(
            baseURL: BaseURL("http://127.0.0.1:\(server.port)")!,
            credentials: { Credentials(userName: "AC1", secret: "s3cret") }, userAgent: "tests/1",
            http: try HTTPClient(), pageSize: 2, pace: RequestPace(RequestBudget(requestsPerSecond: 0)),
            timing: RequestTiming(
                now: { .now }, sleep: { try await Task.sleep(for: $0) }, jitter: { _ in .zero }),
            observe: journal)
    }

    /// Answers a request as the list says that it belongs to.
    private static func answer(
        _ list: ServerRequest, _ request: ServerRequest, _ number: Int, _ operations: [Operation]
    ) -> ServerResponse {
        guard request.path == Resource.messages.path else {
            let id = request.path.dropFirst(Resource.messages.path.count + 1)
            guard let operation = operations.first(where: { $0.id == id }) else { return .json(404, "{}") }
            return .json(200, json(operation))
        }
        let listed = operations.filter { list.lists($0) }.sorted { $0.createdAt > $1.createdAt }
        let first = request.offset
        let size = Int(list.query("pageSize") ?? "") ?? 50
        let page = listed.dropFirst(first).prefix(size).map(json).joined(separator: ",")
        let next = first + size < listed.count ? "\"\(first + size).\(number)\"" : "null"
        return .json(200, #"{"operations": [\#(page)], "pagination": {"next": \#(next)}}"#)
    }

    /// An operation as the API writes it.
    static func json(_ operation: Operation) -> String {
        let stats = Stat.allCases.compactMap { stat in operation.stats[stat].map { "\"\(stat)\": \($0)" } }
        return """
            {"id": "\(operation.id)", "status": "\(operation.status.filterValue)", "createdAt": "\(operation.createdAt)",
             "updatedAt": "\(operation.updatedAt ?? operation.createdAt)", "stats": {\(stats.joined(separator: ","))}}
            """
    }
}

extension ServerRequest {
    var status: String? { query("status") }
    var start: Timestamp? { query("startDate").flatMap(Timestamp.init(rfc3339:)) }
    var end: Timestamp? { query("endDate").flatMap(Timestamp.init(rfc3339:)) }

    /// The id of the operation that is fetched; nil where operations are listed.
    var id: String? { path == Resource.messages.path ? nil : String(path.dropFirst(Resource.messages.path.count + 1)) }

    /// How old the oldest operation asked for may be, in hours, rounded; nil where there is no limit.
    var hours: Int? {
        start.map { Int(((Timestamp.wallClock() - $0).inSeconds / 3600).rounded()) }
    }

    /// What is asked for, in few words: `list 48h`, `list 168h PROCESSING`, `fetch a`.
    var summary: String {
        if let id { return "fetch \(id)" }
        return
            (["list", hours.map { "\($0)h" } ?? "all"] + [status, offset > 0 ? "\(offset)" : nil].compactMap(\.self))
            .joined(separator: " ")
    }

    /// The place in its list at which a page begins.
    var offset: Int { query("pageToken")?.split(separator: ".").first.flatMap { Int($0) } ?? 0 }

    /// Excludes both bounds, as the documentation's words may be read.
    fileprivate func lists(_ operation: Operation) -> Bool {
        status.map { $0.uppercased() == operation.status.filterValue } ?? true
            && start.map { operation.createdAt > $0 } ?? true
            && end.map { operation.createdAt < $0 } ?? true
    }
}

extension ServerResponse {
    static func json(
        _ status: Int, _ text: String, headers: [(name: String, value: String)] = []
    ) -> ServerResponse {
        ServerResponse(status: status, headers: headers, body: Array(text.utf8))
    }
}
