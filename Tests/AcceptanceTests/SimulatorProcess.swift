import TestSupport

/// The built simulator, serving.
struct SimulatorProcess {
    let program: Program
    let port: Int
    /// As an exporter's: who is slow to ask may be hung up on.
    private let isHasty: Bool

    var baseURL: String { "http://127.0.0.1:\(port)" }

    /// Starts on a free port and waits until it serves. Its clocks are those of `time`, which the caller keeps.
    init(_ arguments: [String], in time: TimeWarp? = nil) async throws {
        let program = try Program(
            "comms-simulator", ["--listen-address=127.0.0.1:0"] + arguments, environment: time?.environment ?? [:])
        self.program = program
        isHasty = (time?.rate ?? 1) > 1
        port = try await eventually("the simulator serves") {
            program.standardError.firstMatch(of: /serving http:\/\/127\.0\.0\.1:(\d+) \(/).flatMap { Int($0.1) }
        }
    }

    /// Changes settings, such as `frozen=true`.
    func set(_ query: String) async throws {
        try await asking("set \(query)") {
            let client = try RawSocket(port: UInt16(port))
            try client.send("POST /-/settings?\(query) HTTP/1.1\r\nHost: simulator\r\nContent-Length: 0\r\n\r\n")
            let answer = try client.readResponse()
            guard answer.status == 200 else { throw NeverHappened(description: "set \(query): \(answer.body)") }
        }
    }

    /// What an exporter's ledger and window must say now, under the series names of its exposition.
    func truth(birth: String, account: String = "default", resource: String = "messages") async throws -> Samples {
        try await asking("the truth since \(birth)") {
            let answer = try await TestHTTP.get("\(baseURL)/-/truth?birth=\(birth)&resource=\(resource)")
            guard answer.status == 200 else { throw NeverHappened(description: "the truth: \(answer.text)") }
            return Samples(truth: answer.text, account: account, resource: resource)
        }
    }

    private func asking<Answer>(_ what: String, _ ask: () async throws -> Answer) async throws -> Answer {
        guard isHasty else { return try await ask() }
        return try await eventually(what) { try? await ask() }
    }
}
