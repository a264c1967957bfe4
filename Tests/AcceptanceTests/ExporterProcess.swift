import HTTPClient
import TestSupport

/// The built exporter, serving.
struct ExporterProcess {
    static let credentials = [
        "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000", "TWILIO_AUTH_TOKEN": "simulator",
    ]

    let program: Program
    let port: Int
    /// Whether its clocks run fast, and its time limits with them: who is slow to ask may be hung up on.
    private let isHasty: Bool

    /// Starts on a free port and waits until it listens. With a path, starts that program instead, with the exporter's
    /// flags after its own arguments. Its clocks are those of `time`, which the caller keeps.
    init(
        path: String? = nil, _ arguments: [String] = [], baseURL: String, storage: String, interval: String = "1s",
        environment: [String: String] = credentials, in time: TimeWarp? = nil
    ) async throws {
        let program = try Self.start(
            path: path, arguments, baseURL: baseURL, storage: storage, interval: interval,
            environment: environment.merging(time?.environment ?? [:]) { $1 })
        self.program = program
        isHasty = (time?.rate ?? 1) > 1
        port = try await eventually("the exporter listens") { listeningPort(in: program.standardError) }
    }

    /// Starts it the same way, and does not wait: for one that is to end before it listens.
    static func start(
        path: String? = nil, _ arguments: [String] = [], baseURL: String, storage: String, interval: String = "1s",
        environment: [String: String] = credentials
    ) throws -> Program {
        let flags = [
            "--web.listen-address=127.0.0.1:0", "--twilio.base-url=\(baseURL)", "--storage.path=\(storage)",
            "--poll.interval=\(interval)",
        ]
        return try Program(
            path: path ?? Program.path(of: "twilio-comms-exporter"), arguments + flags, environment: environment)
    }

    func get(_ path: String) async throws -> (status: Int, text: String) {
        try await TestHTTP.get("http://127.0.0.1:\(port)\(path)")
    }

    /// What the exporter answers to `POST /-/reload`.
    func reload() throws -> (status: Int, text: String) {
        let client = try RawSocket(port: UInt16(port))
        try client.send("POST /-/reload HTTP/1.1\r\nHost: exporter\r\nContent-Length: 0\r\n\r\n")
        let answer = try client.readResponse()
        return (answer.status, answer.body)
    }

    /// What a scrape sees now.
    func scrape() async throws -> Samples {
        Samples(try await get("/metrics").text)
    }

    /// Waits for a scrape that fulfils a condition, and returns it.
    func scrape(
        when what: String, within limit: Duration = .seconds(60), _ condition: (Samples) -> Bool
    ) async throws -> Samples {
        try await eventually(what, within: limit) {
            guard let samples = isHasty ? try? await scrape() : try await scrape() else { return nil }
            return condition(samples) ? samples : nil
        }
    }
}

/// The port in the log line of a server that listens, in either format.
private func listeningPort(in log: String) -> Int? {
    log.split(separator: "\n").first { $0.contains("listening") }?.firstMatch(of: /"?port"?[=:]"?(\d+)/).flatMap {
        Int($0.1)
    }
}
