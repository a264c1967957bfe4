import HTTPServer

/// An API that says what a test wants it to say.
struct StandIn {
    let server: Server

    init(_ handler: @escaping @Sendable (ServerRequest) -> ServerResponse) throws {
        server = try Server(
            listening: ListenAddress("127.0.0.1:0"), limits: ServerLimits(threads: .perConnection), handler: handler)
    }

    var baseURL: String { "http://127.0.0.1:\(server.port)" }
}

extension ServerResponse {
    static func json(_ text: String, headers: [(name: String, value: String)] = []) -> ServerResponse {
        ServerResponse(
            status: 200, headers: [(name: "Content-Type", value: "application/json")] + headers, body: Array(text.utf8))
    }
}
