import Foundation
import HTTPServer
import Simulator
import TestSupport
import Testing

struct ControlTests {
    private let simulation = Simulation(rate: 30, history: .seconds(3600), historyRate: 60)
    private let list = "/v1/Messages/Operations"

    @Test(
        "only the right credentials are let in",
        arguments: [
            (demoAuthorization, 200), (demoAuthorization.replacing("Basic", with: "basic"), 200), (nil, 401), ("", 401),
            ("Basic", 401), ("Basic !!!", 401), ("Bearer simulator", 401),
            ("Basic " + Data("AC00000000000000000000000000000000:wrong".utf8).base64EncodedString(), 401),
            ("Basic " + Data("AC1:simulator".utf8).base64EncodedString(), 401),
            ("Basic " + Data("SK1:simulator".utf8).base64EncodedString(), 200),
            ("Basic " + Data("SK1:simulator2".utf8).base64EncodedString(), 401), (demoAuthorization + " x", 401),
        ] as [(String?, Int)])
    func authentication(authorization: String?, status: Int) throws {
        let response = simulation.answer("GET", list, authorization: authorization)
        #expect(response.status == status)
        guard status == 401 else { return }
        #expect(try DocumentedError(response).code == 20003)
        #expect(response.header("WWW-Authenticate") == "Basic realm=\"Twilio API\"")
    }

    @Test func `several pairs of credentials may be right`() {
        let pairs = [Credentials(user: "AC1", password: "a:b"), Credentials(user: "SK1", password: "ü")]
        let simulation = Simulation(rate: 0, credentials: pairs)
        for text in ["AC1:a:b", "SK1:ü"] {
            let authorization = "Basic " + Data(text.utf8).base64EncodedString()
            #expect(simulation.answer("GET", list, authorization: authorization).status == 200)
        }
        #expect(simulation.answer("GET", list).status == 401)
    }

    @Test func `credentials come from the exporter's variables, in pairs`() throws {
        func read(_ environment: [String: String]) throws -> [Credentials] {
            try Credentials.fromEnvironment { environment[$0] }
        }
        #expect(try read([:]) == [])
        #expect(try read(["TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""]) == [])
        #expect(
            try read(["TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"])
                == [Credentials(user: "AC1", password: "t")])
        #expect(
            try read(["TWILIO_API_KEY": "SK1", "TWILIO_API_KEY_SECRET": "s"])
                == [Credentials(user: "SK1", password: "s")])
        let error = #expect(throws: CredentialsError.self) { try read(["TWILIO_AUTH_TOKEN": "secret"]) }
        #expect(error?.description == "TWILIO_AUTH_TOKEN is set but TWILIO_ACCOUNT_SID is not; set both or neither")
    }

    @Test func `settings are shown and changed`() {
        #expect(
            simulation.answer("GET", "/-/settings").text == """
                rate 30
                failure_ratio 0.02
                undelivered_ratio 0.05
                pace 1
                frozen false
                hang 0
                fault none
                retention 604800
                created_moves 0
                cut 0
                date_offset 0
                refuse none
                token_life 0
                next token
                empty array
                dates zulu
                fetch 200
                quota 0

                """)
        let changed = simulation.answer("POST", "/-/settings?rate=0.5&failure_ratio=0.3&pace=60&frozen=true&fault=429")
        #expect(changed.status == 200)
        #expect(
            changed.text == """
                rate 0.5
                failure_ratio 0.3
                undelivered_ratio 0.05
                pace 60
                frozen true
                hang 0
                fault 429
                retention 604800
                created_moves 0
                cut 0
                date_offset 0
                refuse none
                token_life 0
                next token
                empty array
                dates zulu
                fetch 200
                quota 0

                """)
        #expect(simulation.answer("GET", "/-/settings").text == changed.text)
    }

    @Test(
        "a bad setting is refused in one line, and nothing is changed",
        arguments: [
            ("rate=-1", "rate must be a number from 0 to 60000\n"),
            ("rate=nan", "rate must be a number from 0 to 60000\n"),
            ("failure_ratio=1.1", "failure_ratio must be a number from 0 to 1\n"),
            ("undelivered_ratio=", "undelivered_ratio must be a number from 0 to 1\n"),
            ("pace=0", "pace must be a number from 0.1 to 10000\n"),
            ("hang=inf", "hang must be a number from 0 to 3600\n"),
            ("frozen=yes", "frozen must be one of false, true\n"),
            ("fault=418", "fault must be one of 401, 429, 500, none\n"),
            ("retention=59", "retention must be a number from 60 to 604800\n"),
            ("retention=604801", "retention must be a number from 60 to 604800\n"),
            ("created_moves=-1", "created_moves must be a number from 0 to 604800\n"),
            ("created_moves=604801", "created_moves must be a number from 0 to 604800\n"),
            ("cut=-1", "cut must be a whole number from 0 to 1000\n"),
            ("cut=1001", "cut must be a whole number from 0 to 1000\n"),
            ("cut=1.5", "cut must be a whole number from 0 to 1000\n"),
            ("date_offset=864000.5", "date_offset must be a number from -864000 to 864000\n"),
            ("date_offset=-864001", "date_offset must be a number from -864000 to 864000\n"),
            (
                "refuse=half,none",
                "refuse must be none, or of these, with commas between: old_start, long_window, large_page, page_size, "
                    + "token_with_filters, status_with_dates, upper_status, status, half, all\n"
            ),
            (
                "refuse=",
                "refuse must be none, or of these, with commas between: old_start, long_window, large_page, page_size, "
                    + "token_with_filters, status_with_dates, upper_status, status, half, all\n"
            ),
            ("token_life=86401", "token_life must be a number from 0 to 86400\n"),
            ("next=null", "next must be one of path, query, same, self, token, url\n"),
            ("empty=204", "empty must be one of array, missing, no_content, null\n"),
            ("dates=iso", "dates must be one of no_zone, offset, rfc2822, short_offset, zulu\n"),
            ("fetch=401", "fetch must be one of 200, 400, 403, 404, 405, 500\n"),
            ("quota=-1", "quota must be a whole number from 0 to 100000\n"),
            ("quota=100001", "quota must be a whole number from 0 to 100000\n"),
            ("speed=1", "there is no setting \"speed\"\n"),
        ])
    func badSettings(query: String, reason: String) {
        let before = simulation.answer("GET", "/-/settings").text
        let response = simulation.answer("POST", "/-/settings?rate=7&\(query)")
        #expect(response.status == 400)
        #expect(response.text == reason)
        #expect(simulation.answer("GET", "/-/settings").text == before)
    }

    @Test(arguments: [("401", 401, 20003, nil), ("429", 429, 20429, "5"), ("500", 500, 20500, nil)])
    func `a fault is every answer of the API until it is taken back`(
        fault: String, status: Int, code: Int, retryAfter: String?
    ) throws {
        _ = simulation.answer("POST", "/-/settings?fault=\(fault)")
        let response = simulation.answer("GET", list)
        #expect(response.status == status)
        #expect(try DocumentedError(response).code == code)
        #expect(response.header("Retry-After") == retryAfter)
        #expect(simulation.answer("GET", "/-/healthy").status == 200)
        _ = simulation.answer("POST", "/-/settings?fault=none")
        #expect(simulation.answer("GET", list).status == 200)
    }

    @Test func `the front page says what there is`() {
        let text = simulation.answer("GET", "/").text
        for part in ["/v1/Messages/Operations", "/-/settings", "/-/truth?birth=", "exclusive", "failure_ratio 0.02"] {
            #expect(text.contains(part))
        }
        for setting in [
            "retention", "created_moves", "cut", "date_offset", "refuse", "token_life", "next", "empty", "dates",
            "fetch", "quota",
        ] {
            #expect(text.contains("\n\(setting)   "))
        }
        for refusal in Refusal.allCases {
            #expect(text.contains("\n  \(refusal.rawValue)   "))
        }
    }

    @Test(
        "control endpoints refuse what they do not do",
        arguments: [
            ("POST", "/", 405), ("DELETE", "/-/settings", 405), ("POST", "/-/truth", 405), ("GET", "/-/other", 404),
            ("GET", "/v2", 404),
        ])
    func refused(method: String, path: String, status: Int) {
        #expect(simulation.answer(method, path).status == status)
    }

    @Test func `an answer that hangs holds up no other, and ends when the simulator stops`() throws {
        let api = simulation.api
        let limits = ServerLimits(threads: .perConnection)
        let server = try Server(listening: ListenAddress("127.0.0.1:0"), limits: limits) { api.answer($0) }
        _ = simulation.answer("POST", "/-/settings?hang=3600")
        let clients = try (0..<3).map { _ in try RawSocket(port: server.port) }
        for client in clients {
            try client.send("GET \(list) HTTP/1.1\r\nHost: test\r\nAuthorization: \(demoAuthorization)\r\n\r\n")
        }
        let other = try RawSocket(port: server.port)
        try other.send("GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try other.readResponse().body == "ok\n")
        api.stopHanging()
        for client in clients { #expect(try client.readResponse().status == 200) }
        server.stop(drain: .seconds(20))
    }

    @Test func `over a socket the Date header is there once, and a token is found again`() throws {
        let api = simulation.api
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { api.answer($0) }
        let client = try RawSocket(port: server.port)
        func get(_ query: String) throws -> RawResponse {
            try client.send(
                "GET \(list)\(query) HTTP/1.1\r\nHost: test\r\nAuthorization: \(demoAuthorization)\r\n\r\n")
            return try client.readResponse()
        }
        let response = try get("?pageSize=10")
        #expect(response.headers.filter { $0.name == "Date" }.map(\.value) == ["Sat, 20 Apr 2024 14:00:00 GMT"])
        #expect(response.header("Content-Type") == "application/json")
        let page = try JSONDecoder.withDates.decode(ListedPage.self, from: Data(response.body.utf8))
        let token = try #require(page.pagination.next)
        // Unescaped, the plus signs of the token arrive as spaces.
        #expect(try get("?pageSize=10&pageToken=\(token)").status == 400)
        let escaped = try #require(token.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        #expect(try get("?pageSize=10&pageToken=\(escaped)").status == 200)
    }
}

extension JSONDecoder {
    static var withDates: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}
