import Foundation
import HTTPServer
import Locking
import TestSupport
import Testing

/// Secrets, and where they must not turn up: logs, pages, metrics, errors, the ledger, the command line.
@Suite(.fewAtATime) struct SecretsTests {
    /// Hard to read by accident, and each spelt in several ways once it is sent.
    private static let token = "t0ken/of+the=first%account"
    private static let keySecret = "s3cret of the second key"
    private static let cursor = "cursor-with-AC1111"

    /// The secrets, and what HTTP makes of them.
    private static let forbidden: [String] = {
        let users = [("AC1111", token), ("SK2222", keySecret)]
        let encoded = users.map { Data("\($0):\($1)".utf8).base64EncodedString() }
        let escaped = users.compactMap { $1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) }
        return [token, keySecret, cursor] + encoded + escaped
    }()

    /// An API that repeats what it was sent wherever it can, and takes turns in what it answers.
    private static func gossip() throws -> StandIn {
        let turns = Locked(0)
        return try StandIn { request in
            let sent = String((request.header("Authorization") ?? "").dropFirst(6))
            let pair = String(decoding: Data(base64Encoded: sent) ?? Data(), as: UTF8.self)
            let secret = String(pair.drop { $0 != ":" }.dropFirst())
            let told = "\(sent) \(pair) \(secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            let turn = turns.withLock { turn in
                turn += 1
                return turn
            }
            switch turn % 6 {
            case 0: return answer(401, #"{"code":20003,"message":"\#(told)"}"#)
            case 1: return answer(500, #"{"code":1,"message":"\#(told)","more_info":"\#(told)"}"#)
            case 2: return answer(302, told, headers: [("Location", "http://\(sent).example/\(secret)")])
            case 3: return answer(200, "{\"operations\": \(told)}")
            case 4: return answer(200, #"{"operations":[],"pagination":{"next":"\#(cursor)"}}"#)
            default: return answer(404, told)
            }
        }
    }

    private static func answer(
        _ status: Int, _ body: String, headers: [(name: String, value: String)] = []
    ) -> ServerResponse {
        ServerResponse(status: status, headers: headers, body: Array(body.utf8))
    }

    @Test(
        "no secret is in a log, a page, a metric, an error, the ledger or the command line",
        arguments: ["logfmt", "json"])
    func nowhere(format: String) async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/accounts.yml"
        try Self.token.write(toFile: folder.path + "/token", atomically: true, encoding: .utf8)
        let accounts = """
            accounts:
              - {name: first, account_sid: AC1111, auth_token_file: \(folder.path)/token}
              - {name: second, api_key: SK2222, api_key_secret_env: KEY_SECRET, resources: [messages, emails]}

            """
        try accounts.write(toFile: file, atomically: true, encoding: .utf8)
        let api = try Self.gossip()
        let exporter = try await ExporterProcess(
            ["--config.file=\(file)", "--log.level=debug", "--log.format=\(format)"], baseURL: api.baseURL,
            storage: folder.path + "/data", environment: ["KEY_SECRET": Self.keySecret])
        let polls = #"twilio_comms_polls_total{account="second",resource="messages"}"#
        _ = try await exporter.scrape(when: "every answer was met") { $0[polls] ?? 0 >= 6 }

        var seen =
            FileManager.default.contents(atPath: "/proc/\(exporter.program.processID)/cmdline").map {
                [("the command line", String(decoding: $0, as: UTF8.self))]
            } ?? []
        for path in ["/", "/config", "/metrics", "/nothing", "/-/ready", "/-/healthy", "/style.css"] {
            seen.append((path, try await exporter.get(path).text))
        }
        let literal = accounts.replacing("auth_token_file: \(folder.path)/token", with: "auth_token: \(Self.token)")
        try literal.write(toFile: file, atomically: true, encoding: .utf8)
        let client = try RawSocket(port: UInt16(exporter.port))
        try client.send("POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        let refusal = try client.readResponse()
        #expect(refusal.status == 500)
        seen.append(("the reload's answer", refusal.body))
        let end = await exporter.program.end()
        seen += [("standard output", end.output), ("the log", end.errors)]
        let check = try await Program(
            "twilio-comms-exporter", ["--config.check", "--config.file=\(file)"],
            environment: ["KEY_SECRET": Self.keySecret]
        ).wait()
        #expect(check.status == 2)
        seen += [("the check's output", check.output), ("the check's errors", check.errors)]
        seen += try Self.files(in: folder.path + "/data")

        #expect(seen.count >= 14)
        for (place, text) in seen {
            for secret in Self.forbidden { #expect(!text.contains(secret), "\(secret) is in \(place): \(text)") }
        }
    }

    /// The ledgers and what lies beside them, byte for byte.
    private static func files(in folder: String) throws -> [(String, String)] {
        try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            return (name, String(decoding: bytes, as: UTF8.self))
        }
    }
}
