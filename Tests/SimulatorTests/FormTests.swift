import Foundation
import HTTPServer
import Operations
import Simulator
import TestSupport
import Testing

/// The settings `next`, `empty`, `dates` and `fetch`: the forms of answers.
struct FormTests {
    private let path = "/v1/Messages/Operations"
    private let simulation = Simulation(rate: 0, history: .seconds(3600), historyRate: 100)

    @Test(arguments: ["token", "self", "same"])
    func `next is a token`(form: String) throws {
        let token = try #require(simulation.list("?pageSize=40").pagination.next)
        #expect(simulation.set("next=\(form)").text.contains("\nnext \(form)\n"))
        #expect(try simulation.list("?pageSize=40").pagination.next == token)
    }

    @Test(arguments: [
        ("url", "https://comms.twilio.com/v1/Messages/Operations?pageSize=40&pageToken="),
        ("path", "/v1/Messages/Operations?pageSize=40&pageToken="), ("query", "?PageToken="),
    ])
    func `next is a reference with a token in it`(form: String, beginning: String) throws {
        let token = try #require(simulation.list("?pageSize=40").pagination.next)
        #expect(simulation.set("next=\(form)").text.contains("\nnext \(form)\n"))
        #expect(try simulation.list("?pageSize=40").pagination.next == beginning + token.escaped)
        let page = try simulation.list("?pageSize=40&pageToken=\(token.escaped)")
        #expect(try simulation.list("?pageToken=\(token.escaped)").operations == page.operations)
    }

    @Test(arguments: ["token", "url", "path", "query"])
    func `a list ends with null`(form: String) throws {
        let token = try #require(simulation.list("?pageSize=40").pagination.next).escaped
        _ = simulation.set("next=\(form)")
        #expect(try simulation.list("?pageSize=1000&pageToken=\(token)").pagination.next == nil)
        #expect(try simulation.list("?pageSize=1000").pagination.next == nil)
    }

    @Test func `a list ends with its own token, or with the one just sent`() throws {
        let token = try #require(simulation.list("?pageSize=40").pagination.next)
        _ = simulation.set("next=self")
        for query in ["?pageSize=1000", "?pageSize=1000&pageToken=\(token.escaped)"] {
            let last = try simulation.list(query).pagination
            #expect(last.next == last.own)
        }
        _ = simulation.set("next=same")
        #expect(try simulation.list("?pageSize=1000&pageToken=\(token.escaped)").pagination.next == token)
        #expect(try simulation.list("?pageSize=1000").pagination.next == nil)
    }

    @Test func `a URL names the path of its resource`() {
        var settings = Settings()
        settings.next = .path
        let world = World(of: .emails, at: noon, settings: settings, history: .seconds(3600), historyRate: 600)
        let api = SimulatedAPI(world, credentials: [.demo], time: { noon })
        let request = ServerRequest(
            method: "GET", path: "/v1/Emails/Operations", headers: [("Authorization", demoAuthorization)])
        #expect(api.answer(request).text.contains("\"next\":\"/v1/Emails/Operations?pageSize=50&pageToken=ey"))
    }

    @Test(arguments: [
        ("array", "{\"operations\":[],\"pagination\":{\"next\":null,\"self\":\""),
        ("null", "{\"operations\":null,\"pagination\":{\"next\":null,\"self\":\""),
        ("missing", "{\"pagination\":{\"next\":null,\"self\":\""),
    ])
    func `an empty list is an array, null, or not there`(form: String, beginning: String) throws {
        #expect(simulation.set("empty=\(form)").text.contains("\nempty \(form)\n"))
        let response = simulation.answer("GET", path + "?endDate=2024-04-01T00:00:00Z")
        #expect(response.status == 200)
        #expect(response.text.hasPrefix(beginning))
        #expect(simulation.answer("GET", path).text.hasPrefix("{\"operations\":[{\"id\":\"comms_operation_"))
    }

    @Test func `an empty list is no content, also over a socket`() throws {
        #expect(simulation.set("empty=no_content").text.contains("\nempty no_content\n"))
        let response = simulation.answer("GET", path + "?endDate=2024-04-01T00:00:00Z")
        #expect(response.status == 204)
        #expect(response.body.isEmpty)
        #expect(response.header("Content-Type") == nil)
        #expect(try simulation.list("").operations.count == 50)
        let api = simulation.api
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { api.answer($0) }
        let client = try RawSocket(port: server.port)
        for (query, status) in [("?endDate=2024-04-01T00:00:00Z", 204), ("", 200)] {
            try client.send(
                "GET \(path)\(query) HTTP/1.1\r\nHost: test\r\nAuthorization: \(demoAuthorization)\r\n\r\n")
            #expect(try client.readResponse().status == status)
        }
    }

    @Test(arguments: [
        ("zulu", "2024-04-20T1[34]:\\d\\d:\\d\\dZ"), ("no_zone", "2024-04-20T1[34]:\\d\\d:\\d\\d"),
        ("offset", "2024-04-20T1[34]:\\d\\d:\\d\\d\\+0000"), ("short_offset", "2024-04-20T1[34]:\\d\\d:\\d\\d\\+00"),
        ("rfc2822", "Sat, 20 Apr 2024 1[34]:\\d\\d:\\d\\d \\+0000"),
    ])
    func `the dates of an operation are the same moments in another form`(form: String, pattern: String) throws {
        let operation = try #require(simulation.listAll().last)
        #expect(simulation.set("dates=\(form)").text.contains("\ndates \(form)\n"))
        let list = simulation.answer("GET", path + "?pageSize=1000")
        let fetched = simulation.answer("GET", "\(path)/\(operation.id)")
        #expect(list.text.contains(fetched.text))
        let dates = try Regex("\"createdAt\":\"(\(pattern))\",\"updatedAt\":\"(\(pattern))\"")
        let match = try #require(fetched.text.firstMatch(of: dates)).output
        let moments = try (1...2).map { Timestamp(listed: String(try #require(match[$0].substring)))?.seconds }
        #expect(moments == [operation.createdAt, operation.updatedAt].map(\.timeIntervalSince1970))
        #expect(list.text.matches(of: dates).count == list.text.matches(of: /createdAt/).count)
        #expect(list.header("Date") == "Sat, 20 Apr 2024 14:00:00 GMT")
    }

    @Test(arguments: [(400, 20422), (403, 20006), (404, 20404), (405, 20004), (500, 20500)])
    func `every fetch by id is answered with a status, and no list`(status: Int, code: Int) throws {
        let operation = try #require(simulation.listAll().first)
        #expect(simulation.set("fetch=\(status)").text.contains("\nfetch \(status)\n"))
        for id in [operation.id, "x"] {
            let response = simulation.answer("GET", "\(path)/\(id)")
            #expect(response.status == status)
            #expect(try DocumentedError(response).code == code)
        }
        #expect(simulation.answer("GET", path).status == 200)
        _ = simulation.set("fetch=200")
        #expect(simulation.answer("GET", "\(path)/\(operation.id)").status == 200)
        #expect(simulation.answer("GET", "\(path)/x").status == 404)
    }
}
