import TestSupport

/// The built simulator, serving.
struct SimulatorProcess {
    let program: Program
    let port: Int

    var baseURL: String { "http://127.0.0.1:\(port)" }

    /// Starts on a free port and waits until it serves.
    init(_ arguments: [String], environment: [String: String] = [:]) async throws {
        let program = try Program(
            "comms-simulator", ["--listen-address=127.0.0.1:0"] + arguments, environment: environment)
        self.program = program
        port = try await eventually("the simulator serves") {
            program.standardError.firstMatch(of: /serving http:\/\/127\.0\.0\.1:(\d+) \(/).flatMap { Int($0.1) }
        }
    }

    /// Changes settings, such as `frozen=true`.
    func set(_ query: String) async throws {
        let client = try RawSocket(port: UInt16(port))
        try client.send("POST /-/settings?\(query) HTTP/1.1\r\nHost: simulator\r\nContent-Length: 0\r\n\r\n")
        let answer = try client.readResponse()
        guard answer.status == 200 else { throw NeverHappened(description: "set \(query): \(answer.body)") }
    }

    /// What an exporter's ledger and window must say now, under the series names of its exposition.
    func truth(birth: String) async throws -> Samples {
        Samples(truth: try await TestHTTP.get("\(baseURL)/-/truth?birth=\(birth)").text)
    }
}
