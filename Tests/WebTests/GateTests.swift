import HTTPServer
import Passwords
import TestSupport
import Testing

@testable import Web

struct GateTests {
    /// alice's password is U*U.
    private static let alice = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

    private func gate(_ change: (inout Gate.Rules) throws -> Void) rethrows -> Gate {
        var rules = Gate.Rules()
        rules.openPaths = ["/-/healthy", "/-/ready"]
        try change(&rules)
        return Gate(rules)
    }

    private func guarded() throws -> Gate {
        try gate { $0.users = ["alice": try PasswordHash(Self.alice)] }
    }

    private func request(
        _ path: String = "/metrics", _ authorization: String? = nil, clientFault: String? = nil
    ) -> ServerRequest {
        ServerRequest(
            method: "GET", path: path, headers: authorization.map { [("authorization", $0)] } ?? [],
            clientFault: clientFault)
    }

    private func refusal(_ gate: Gate, _ request: ServerRequest) -> ServerResponse? {
        guard case .refusal(let response) = gate.admission(of: request) else { return nil }
        return response
    }

    private func passes(_ gate: Gate, _ request: ServerRequest) -> Bool {
        if case .pass = gate.admission(of: request) { true } else { false }
    }

    @Test func `without rules everybody may ask`() {
        #expect(passes(gate { _ in }, request()))
    }

    @Test func `who does not log in is asked to`() throws {
        let response = refusal(try guarded(), request())
        #expect(response?.status == 401)
        let challenge = response?.headers.first { $0.name == "WWW-Authenticate" }?.value
        #expect(challenge == #"Basic realm="twilio-comms-exporter", charset="UTF-8""#)
        #expect(
            String(decoding: response?.body ?? [], as: UTF8.self)
                == "Log in with a name and a password that are configured here.\n")
    }

    @Test(
        "a hostile Authorization header is answered like none",
        arguments: [
            "", " ", "Basic", "Basic ", "Basic  ", "basic", "Bearer YWxpY2U6VSpV", "Digest username=\"alice\"",
            "YWxpY2U6VSpV",
            "Basic YWxpY2U6VSpV, Basic YWxpY2U6VSpV", "Basic YWxpY2U6VSpV Basic", "Basic YWxpY2U6VSpV=",
            "Basic YWxpY2U6VSp",
            "Basic YWxpY2VVKlU=", "Basic ====", "Basic =", "Basic YQ=a", "Basic YR==", "Basic YWJ=",
            "Basic YWxpY2U6VSpV\n",
            "Basic YWxp-2U6VSpV", "Basic YWxp_2U6VSpV", "Basic alice:U*U", "Basic é", "Basic \u{0}",
            "Basic\tYWxpY2U6VSpV",
            "Basic " + String(repeating: "A", count: 30_000), "Basic " + String(repeating: "=", count: 30_000),
            String(repeating: "Basic ", count: 5000),
        ])
    func hostile(authorization: String) throws {
        #expect(refusal(try guarded(), request("/metrics", authorization))?.status == 401)
    }

    @Test(
        "a login is read as it was written",
        arguments: [
            ("Basic YWxpY2U6VSpV", "alice", "U*U"), ("bAsIc YWxpY2U6VSpV", "alice", "U*U"),
            ("Basic   YWxpY2U6VSpV", "alice", "U*U"), ("Basic Og==", "", ""), ("Basic YTo=", "a", ""),
            ("Basic OmI=", "", "b"),
            ("Basic YTpiOmM6", "a", "b:c:"), ("Basic w6k6w7w=", "é", "ü"), ("Basic YTo+Pz4/", "a", ">?>?"),
        ])
    func reads(authorization: String, user: String, password: String) {
        #expect(Login(authorization: authorization) == Login(user: Array(user.utf8), password: Array(password.utf8)))
    }

    @Test func `a login that is no text is one nobody has`() {
        #expect(
            Login(authorization: "Basic //8A/zr+/w==") == Login(user: [0xff, 0xff, 0, 0xff], password: [0xfe, 0xff]))
    }

    @Test func `paths for probes need no login, and are not counted`() throws {
        let gate = try gate {
            $0.users = ["alice": try PasswordHash(Self.alice)]
            $0.rate = (.seconds(3600), 1)
        }
        for _ in 0..<10 {
            #expect(passes(gate, request("/-/healthy", clientFault: "A client certificate is needed.")))
            #expect(passes(gate, request("/-/ready")))
        }
        #expect(refusal(gate, request("/-/healthy/"))?.status == 401)
        #expect(refusal(gate, request("/-/healthy/"))?.status == 429)
    }

    @Test func `a client whose certificate does not do is told why, also with a right login`() throws {
        let response = refusal(gate { _ in }, request("/metrics", clientFault: "A client certificate is needed."))
        #expect(response?.status == 403)
        #expect(response?.body == Array("A client certificate is needed.\n".utf8))
        #expect(refusal(try guarded(), request("/metrics", "Basic YWxpY2U6VSpV", clientFault: "No."))?.status == 403)
    }

    @Test func `requests above the rate are told when to come again`() {
        let gate = gate { $0.rate = (.milliseconds(1500), 2) }
        let start = ContinuousClock.now
        func status(after time: Duration) -> (status: Int, retryAfter: String?) {
            guard case .refusal(let response) = gate.admission(of: request(), at: start + time) else {
                return (200, nil)
            }
            return (response.status, response.headers.first { $0.name == "Retry-After" }?.value)
        }
        #expect(status(after: .zero) == (200, nil))
        #expect(status(after: .zero) == (200, nil))
        #expect(status(after: .zero) == (429, "2"))
        #expect(status(after: .milliseconds(1400)) == (429, "1"))
        #expect(status(after: .milliseconds(1500)) == (200, nil))
        #expect(status(after: .milliseconds(1500)) == (429, "2"))
        // However long nobody asks, no more than the burst is saved.
        #expect((0..<4).map { _ in status(after: .seconds(3600)).status } == [200, 200, 429, 429])
    }

    @Test func `configured headers take the place of those of the same name, on every response`() throws {
        let gate = try gate {
            $0.users = ["alice": try PasswordHash(Self.alice)]
            $0.headers = [("X-Frame-Options", "deny"), ("Content-Security-Policy", "default-src 'self'")]
        }
        func headers(_ path: String) -> [String] {
            guard
                case .now(let response) = gate.answer(
                    request(path),
                    { _ in
                        .now(ServerResponse(status: 200, headers: [("content-security-policy", "none"), ("A", "b")]))
                    })
            else { return [] }
            return response.headers.map { "\($0.name): \($0.value)" }
        }
        let added = ["X-Frame-Options: deny", "Content-Security-Policy: default-src 'self'"]
        #expect(headers("/-/ready") == ["A: b"] + added)
        #expect(headers("/metrics").suffix(2) == added)
    }

    @Test func `a response that is kept is dressed once, and anew by other rules`() {
        let kept = ServerResponse.text(200, "kept")
        func dressed(_ gate: Gate) -> ServerResponse? {
            guard case .now(let response) = gate.answer(request("/metrics"), { _ in .now(kept) }) else { return nil }
            return response
        }
        let (first, second) = (gate { $0.headers = [("A", "1")] }, gate { $0.headers = [("A", "2")] })
        let response = dressed(first)
        #expect(dressed(first) === response)
        #expect(dressed(second)?.headers.last?.value == "2")
        #expect(dressed(first) === response)
        #expect(response?.headers.last?.value == "1")
        #expect(dressed(gate { _ in }) === kept)
    }

    @Test func `an answer that comes later, also after a login that was tried, has the configured headers`()
        async throws
    {
        let gate = try gate {
            $0.users = ["alice": try PasswordHash(Self.alice)]
            $0.headers = [("X-Frame-Options", "deny")]
        }
        for _ in 0..<2 {
            let later = PendingAnswer()
            let answer = gate.answer(request("/metrics", "Basic YWxpY2U6VSpV")) { _ in .later(later) }
            #expect(answer.response == nil)
            later.resolve { .now(.text(200, "later")) }
            let response = try await eventually("the answer") { answer.response }
            #expect(response.status == 200)
            #expect(response.headers.contains { $0 == ("X-Frame-Options", "deny") })
        }
    }

    @Test func `a gate that takes another's place knows its logins while the users are the same`() async throws {
        let login = request("/metrics", "Basic YWxpY2U6VSpV")
        var rules = Gate.Rules()
        rules.users = ["alice": try PasswordHash(Self.alice)]
        let first = Gate(rules)
        let answer = first.answer(login) { _ in .now(.text(200, "in")) }
        #expect(try await eventually("the login is tried") { answer.response }.status == 200)
        rules.headers = [("X-Frame-Options", "deny")]
        let second = Gate(rules, after: first)
        #expect(passes(second, login))
        rules.users["bob"] = try PasswordHash(Self.alice)
        #expect(!passes(Gate(rules, after: second), login))
        rules.users = [:]
        #expect(passes(Gate(rules, after: second), request()))
    }

    @Test func `a gate that takes another's place lets nobody ask more often, unless the rate is another`() {
        var rules = Gate.Rules()
        rules.rate = (.seconds(3600), 2)
        let first = Gate(rules)
        #expect(passes(first, request()))
        rules.headers = [("X-Frame-Options", "deny")]
        let second = Gate(rules, after: first)
        #expect(passes(second, request()))
        #expect(refusal(second, request())?.status == 429)
        #expect(refusal(first, request())?.status == 429)
        rules.rate = (.seconds(3600), 3)
        let third = Gate(rules, after: second)
        #expect((0..<4).map { _ in passes(third, request()) } == [true, true, true, false])
        rules.rate = nil
        #expect(passes(Gate(rules, after: third), request()))
    }
}
