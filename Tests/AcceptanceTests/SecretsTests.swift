import Foundation
import Glibc
import HTTPServer
import Locking
import TestSupport
import Testing

/// Secrets, and where they must not turn up: logs, pages, metrics, errors, the ledger, the command line.
@Suite(.fewAtATime) struct SecretsTests {
    /// Hard to read by accident, and each spelt in several ways once it is sent.
    private static let token = "t0ken/of+the=first%account"
    private static let keySecret = "s3cret of the second key"
    private static let cursor = "cursor-with-AC00000000000000000000000000001111"

    /// The secrets, and what HTTP makes of them.
    private static let forbidden: [String] = {
        let users = [("AC00000000000000000000000000001111", token), ("SK00000000000000000000000000002222", keySecret)]
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
              - {name: first, account_sid: AC00000000000000000000000000001111, auth_token_file: \(folder.path)/token}
              - {name: second, api_key: SK00000000000000000000000000002222, api_key_secret_env: KEY_SECRET, resources: [messages, emails]}

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

    /// A token in the place of a neighbour.
    struct Misplaced: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var account = "name: a, account_sid: \(sid), auth_token_file: token"
        var arguments: [String] = []
        var environment: [String: String] = [:]

        static let sid = "AC00000000000000000000000000000001"
        static let token = "89abcdef0123456789abcdef01234567"
    }

    static let places = [
        Misplaced(
            testDescription: "account name",
            account: "name: \(Misplaced.token), account_sid: \(Misplaced.sid), auth_token_file: token"),
        Misplaced(
            testDescription: "account SID",
            account: "name: a, account_sid: \(Misplaced.token), auth_token_file: token"),
        Misplaced(
            testDescription: "path of a token file",
            account: "name: a, account_sid: \(Misplaced.sid), auth_token_file: \(Misplaced.token)"),
        Misplaced(
            testDescription: "name of a variable",
            account: "name: a, account_sid: \(Misplaced.sid), auth_token_env: \(Misplaced.token)"),
        Misplaced(
            testDescription: "user of a base URL",
            account: "name: a, account_sid: \(Misplaced.sid), auth_token_file: token,"
                + " base_url: 'https://\(Misplaced.sid):\(Misplaced.token)@127.0.0.1'"),
        Misplaced(
            testDescription: "key",
            account: "name: a, account_sid: \(Misplaced.sid), auth_token_file: token, \(Misplaced.token): 1"),
        Misplaced(
            testDescription: "resource",
            account: "name: a, account_sid: \(Misplaced.sid), auth_token_file: token, resources: [\(Misplaced.token)]"),
        Misplaced(
            testDescription: "base URL of a flag",
            arguments: ["--twilio.base-url=https://\(Misplaced.sid):\(Misplaced.token)@127.0.0.1"]),
        Misplaced(testDescription: "unknown flag", arguments: ["--token=\(Misplaced.token)"]),
        Misplaced(testDescription: "argument", arguments: [Misplaced.token]),
        Misplaced(testDescription: "listen address", arguments: ["--web.listen-address=\(Misplaced.token)"]),
        Misplaced(
            testDescription: "SID of the environment",
            environment: ["TWILIO_ACCOUNT_SID": Misplaced.token, "TWILIO_AUTH_TOKEN": "x"]),
        Misplaced(
            testDescription: "path in the environment",
            environment: ["TWILIO_ACCOUNT_SID": Misplaced.sid, "TWILIO_AUTH_TOKEN_FILE": Misplaced.token]),
    ]

    @Test("a token in the place of a neighbour is refused in one line that does not repeat it", arguments: places)
    func misplaced(_ misplaced: Misplaced) async throws {
        let file = try AccountsFile()
        try file.write("accounts:\n  - {\(misplaced.account)}\n")
        let check = try await Program(
            "twilio-comms-exporter", ["--config.check", "--config.file=\(file.path)"] + misplaced.arguments,
            environment: misplaced.environment
        ).wait()
        #expect(check.status == 2)
        #expect(check.output == "")
        #expect(check.errors.split(separator: "\n").count == 1, "\(check.errors)")
        #expect(!check.errors.contains(Misplaced.token))
    }

    @Test("a reload that finds a token in the place of a neighbour repeats it nowhere")
    func misplacedAtReload() async throws {
        let file = try AccountsFile()
        let account = AccountsFile.Entry(name: "a", baseURL: "http://127.0.0.1:9")
        try file.write(account)
        let exporter = try await file.start()
        var seen: [String] = []
        for misplaced in Self.places where misplaced.arguments.isEmpty && misplaced.environment.isEmpty {
            try file.write("accounts:\n  - {\(misplaced.account)}\n")
            let answer = try exporter.reload()
            #expect(answer.status == 500)
            #expect(answer.text.hasPrefix("\(file.path):2: accounts[0]."), "\(answer.text)")
            #expect(answer.text.hasSuffix(": is wrong; the log says why\n"), "\(answer.text)")
            seen.append(answer.text)
        }
        for path in ["/", "/config", "/metrics"] { seen.append(try await exporter.get(path).text) }
        seen.append(await exporter.program.end().errors)
        seen += try Self.files(in: file.storage).map(\.1)
        #expect(!seen.joined().contains(Misplaced.token))
    }

    @Test("what others may read is one warning at the start and at the first reload, and none at later ones")
    func warnings() async throws {
        let file = try AccountsFile()
        #expect(chmod(file.tokenPath, 0o644) == 0)
        #expect(mkdir(file.storage, 0o755) == 0)
        let account = AccountsFile.Entry(
            name: "a", baseURL: "http://127.0.0.1:9",
            more: "account_sid: \(Misplaced.sid), resources: [messages, emails]")
        try file.write(account)
        let exporter = try await file.start()
        let warnings = [
            "level=warn msg=\"the storage folder \(file.storage) has mode 0755, which lets others read it; chmod 700\"",
            "level=warn msg=\"\(file.tokenPath) holds a secret and has mode 0644, which lets others read it; chmod 600\"",
        ]
        func logged() -> [String] {
            exporter.program.standardError.split(separator: "\n").filter { $0.contains("level=warn") }.map { line in
                String(line.split(separator: " ", maxSplits: 1).last ?? "")
            }
        }
        #expect(logged() == warnings)
        #expect(try exporter.reload().status == 200)
        _ = try await eventually("they are told again") { logged() == warnings + warnings ? true : nil }
        for _ in 0..<3 { #expect(try exporter.reload().status == 200) }
        #expect(await exporter.program.end().status == 0)
        #expect(logged() == warnings + warnings)
    }

    /// The ledgers and what lies beside them, byte for byte.
    private static func files(in folder: String) throws -> [(String, String)] {
        try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            return (name, String(decoding: bytes, as: UTF8.self))
        }
    }
}
