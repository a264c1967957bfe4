import HTTPServer
import Locking
import TestSupport

/// Stands between a scraper and an exporter, passes on what they say, and notes how the formats were agreed on.
struct Witness {
    struct Exchange: Equatable, Sendable {
        let accept: String
        let contentType: String
        let contentEncoding: String?
    }

    private let noted: Locked<[Exchange]>
    private let server: Server

    var port: Int { Int(server.port) }
    var exchanges: [Exchange] { noted.withLock { $0 } }

    init(before exporterPort: Int) throws {
        let noted = Locked<[Exchange]>([])
        self.noted = noted
        let limits = ServerLimits(threads: .perConnection)
        server = try Server(listening: ListenAddress("127.0.0.1:0"), limits: limits) { request in
            let headers = ["Accept", "Accept-Encoding"].compactMap { name in request.header(name).map { (name, $0) } }
            guard let answer = try? scrape(port: exporterPort, headers) else { return .text(502, "no answer\n") }
            noted.withLock {
                $0.append(
                    Exchange(
                        accept: request.header("Accept") ?? "", contentType: answer.header("Content-Type") ?? "",
                        contentEncoding: answer.header("Content-Encoding")))
            }
            let passedOn = answer.headers.filter { ["Content-Type", "Content-Encoding"].contains($0.name) }
            return ServerResponse(status: answer.status, headers: passedOn, body: answer.bytes)
        }
    }
}

/// One request for the metrics, with these headers, and its answer as it came.
func scrape(port: Int, method: String = "GET", _ headers: [(name: String, value: String)]) throws -> RawResponse {
    let socket = try RawSocket(port: UInt16(port))
    let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
    try socket.send("\(method) /metrics HTTP/1.1\r\nHost: exporter\r\n\(lines)\r\n")
    return try socket.readResponse(hasBody: method != "HEAD")
}
