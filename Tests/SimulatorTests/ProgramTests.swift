import Glibc
import TestSupport
import Testing

struct ProgramTests {
    /// A simulator on a free port, and that port as its one line names it.
    private func start(
        _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> (program: Program, port: UInt16) {
        let program = try Program(
            "comms-simulator", ["--listen-address=127.0.0.1:0"] + arguments, environment: environment)
        let port = try await eventually("the simulator names its address") {
            program.standardError.firstMatch(of: /serving http:\/\/127\.0\.0\.1:(\d+) \(/).flatMap { UInt16($0.1) }
        }
        return (program, port)
    }

    private func get(
        _ target: String, method: String = "GET", port: UInt16, authorization: String = demoAuthorization
    ) throws -> RawResponse {
        let client = try RawSocket(port: port)
        try client.send("\(method) \(target) HTTP/1.1\r\nHost: test\r\nAuthorization: \(authorization)\r\n\r\n")
        return try client.readResponse()
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `it serves, says where in one line, and ends on a signal`(signal: Int32) async throws {
        let (program, port) = try await start()
        #expect(try get("/v1/Messages/Operations", port: port).status == 200)
        let end = await program.end(signal)
        #expect(end.status == 0)
        #expect(end.output == "")
        #expect(
            end.errors == "comms-simulator: serving http://127.0.0.1:\(port) "
                + "(user AC00000000000000000000000000000000, password simulator)\n")
    }

    @Test func `it ends while an answer hangs`() async throws {
        let (program, port) = try await start(["--history=0"])
        #expect(try get("/-/settings?hang=3600", method: "POST", port: port).status == 200)
        let client = try RawSocket(port: port)
        try client.send("GET /v1/Messages/Operations HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(await program.end().status == 0)
    }

    @Test func `credentials of the environment are in force, and not said`() async throws {
        let (program, port) = try await start(
            environment: ["TWILIO_API_KEY": "SK1", "TWILIO_API_KEY_SECRET": "s3cret"])
        #expect(try get("/v1/Messages/Operations", port: port).status == 401)
        #expect(try get("/v1/Messages/Operations", port: port, authorization: "Basic U0sxOnMzY3JldA==").status == 200)
        let end = await program.end()
        #expect(end.errors.hasSuffix("(credentials from the environment)\n"))
    }

    @Test func `flags are in force`() async throws {
        let (program, port) = try await start([
            "--reading", "cumulative", "--rate=7", "--failure-ratio=0.25", "--undelivered-ratio=1", "--pace=60",
            "--history=1h", "--history-rate=3600", "--seed=5",
        ])
        let text = try get("/", port: port).body
        for part in ["cumulative", "rate 7\n", "failure_ratio 0.25\n", "undelivered_ratio 1\n", "pace 60\n"] {
            #expect(text.contains(part))
        }
        let count = try #require(
            text.firstMatch(of: /messages (\d+), emails \d+, push_notifications \d+ operations listed/).flatMap {
                Int($0.1)
            })
        #expect((3300...3900).contains(count))
        await program.end()
    }

    @Test(
        "a wrong flag is one line and status 2",
        arguments: [
            (["--rate=fast"], "rate must be a number from 0 to 60000"),
            (["--failure-ratio=2"], "failure_ratio must be a number from 0 to 1"),
            (["--history=8d"], "history must be a duration up to 7d, such as 12h"),
            (["--history-rate=-1"], "history-rate must be a number from 0 to 1000000"),
            (
                ["--listen-address=10043"],
                "bad listen address \"10043\": the port is missing; write it like :10042, 127.0.0.1:10042 or [::1]:10042"
            ),
            (["--nonsense"], "Unknown option '--nonsense'"),
        ])
    func wrongFlags(arguments: [String], message: String) async throws {
        let end = try await Program("comms-simulator", arguments).wait()
        #expect(end.status == 2)
        #expect(end.output == "")
        #expect(end.errors == "comms-simulator: \(message) (see --help)\n")
    }

    @Test func `half of the credentials is one line and status 2`() async throws {
        let end = try await Program("comms-simulator", environment: ["TWILIO_ACCOUNT_SID": "AC1"]).wait()
        #expect(end.status == 2)
        #expect(
            end.errors
                == "comms-simulator: TWILIO_ACCOUNT_SID is set but TWILIO_AUTH_TOKEN is not; set both or neither\n")
    }

    @Test func `a port in use is one line and status 1`() async throws {
        let (program, port) = try await start(["--history=0"])
        let end = try await Program("comms-simulator", ["--listen-address=127.0.0.1:\(port)"]).wait()
        #expect(end.status == 1)
        #expect(
            end.errors == "comms-simulator: cannot listen on 127.0.0.1:\(port): address already in use; "
                + "stop the program that holds it or choose another listen address\n")
        await program.end()
    }

    @Test func `help is on standard output`() async throws {
        let end = try await Program("comms-simulator", ["--help"]).wait()
        #expect(end.status == 0)
        #expect(end.errors == "")
        #expect(end.output.contains("--undelivered-ratio"))
    }
}
