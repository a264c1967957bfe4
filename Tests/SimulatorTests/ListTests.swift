import Foundation
import HTTPServer
import Operations
import Simulator
import Testing

struct ListTests {
    private let simulation = Simulation(rate: 60, history: .seconds(6 * 86_400), historyRate: 20)

    @Test(arguments: [1000, 250, 7])
    func `a walk through the pages gives each operation once, newest first`(pageSize: Int) throws {
        let operations = try simulation.listAll(pageSize: pageSize)
        #expect(operations.count > 2500)
        #expect(Set(operations.map(\.id)).count == operations.count)
        #expect(operations.map(\.createdAt) == operations.map(\.createdAt).sorted(by: >))
    }

    @Test func `pages stay stable while new operations arrive`() throws {
        let before = try simulation.listAll()
        let first = try simulation.list("?pageSize=100")
        simulation.advance(.seconds(60))
        let token = try #require(first.pagination.next?.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let second = try simulation.list("?pageSize=100&pageToken=\(token)")
        #expect(second.operations.map(\.id) == before[100..<200].map(\.id))
        let own = try #require(first.pagination.own.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        #expect(try simulation.list("?pageSize=100&pageToken=\(own)").operations.map(\.id) == before[..<100].map(\.id))
        #expect(try simulation.list("?pageSize=100").operations.map(\.id) != before[..<100].map(\.id))
    }

    @Test func `the last page has null as next, also when it is full`() throws {
        let all = try simulation.listAll()
        let page = try simulation.list("?pageSize=100")
        #expect(page.pagination.next != nil)
        let oldest = ISO8601DateFormatter().string(from: all[99].createdAt.addingTimeInterval(-1))
        let exact = simulation.answer("GET", "/v1/Messages/Operations?pageSize=1000&startDate=\(oldest)")
        #expect(exact.text.contains("\"pagination\":{\"next\":null,\"self\":\""))
        let count = try simulation.list("?pageSize=1000&startDate=\(oldest)").operations.count
        #expect(try simulation.list("?pageSize=\(count)&startDate=\(oldest)").pagination.next == nil)
        #expect(try simulation.list("?pageSize=\(count - 1)&startDate=\(oldest)").pagination.next != nil)
    }

    @Test func `an empty list is one page`() throws {
        let page = try Simulation(rate: 0).list("")
        #expect(page.operations.isEmpty)
        #expect(page.pagination.next == nil)
    }

    @Test func `a page has 50 operations unless told otherwise`() throws {
        #expect(try simulation.list("").operations.count == 50)
    }

    @Test func `tokens have characters that a URL must escape`() throws {
        let token = try #require(simulation.list("").pagination.next)
        #expect(token.contains("+") && token.contains("/"))
    }

    @Test func `dates filter on the creation, and exclude themselves`() throws {
        let all = try simulation.listAll()
        let formatter = ISO8601DateFormatter()
        let (newer, older) = (all[40].createdAt, all[1000].createdAt)
        let query = "?pageSize=1000&startDate=\(formatter.string(from: older))&endDate=\(formatter.string(from: newer))"
        let expected = all.filter { $0.createdAt > older && $0.createdAt < newer }
        #expect(expected.count > 900)
        #expect(try simulation.list(query).operations == expected)
    }

    @Test(arguments: ["SCHEDULED", "PROCESSING", "COMPLETED", "CANCELED"])
    func `status filters, over all pages`(status: String) throws {
        simulation.advance(.seconds(600))
        let expected = try simulation.listAll().of(status)
        #expect(!expected.isEmpty)
        #expect(try simulation.listAll(pageSize: 10, filters: "&status=\(status)") == expected)
    }

    @Test func `an operation has the documented members`() throws {
        let json = try simulation.get("/v1/Messages/Operations?pageSize=1")
        let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(Set(object.keys) == ["operations", "pagination"])
        let operation = try #require((object["operations"] as? [[String: Any]])?.first)
        #expect(Set(operation.keys) == ["id", "status", "stats", "createdAt", "updatedAt"])
        let stats = try #require(operation["stats"] as? [String: Int])
        #expect(
            Set(stats.keys) == [
                "total", "recipients", "attempts", "unaddressable", "scheduled", "queued", "sent", "delivered", "read",
                "undelivered", "failed", "canceled",
            ])
    }

    @Test func `ids match the documented pattern, and sort by creation`() throws {
        let operations = try simulation.listAll()
        let pattern = try Regex("comms_operation_[0-7][a-hjkmnpqrstv-z0-9]{25}")
        #expect(try operations.allSatisfy { try pattern.wholeMatch(in: $0.id) != nil })
        let times = operations.map { $0.id.prefix(26) }
        #expect(times == times.sorted(by: >))
    }

    @Test func `an operation is fetched as it is listed`() throws {
        let listed = try simulation.list("?pageSize=20").operations
        let decoder = JSONDecoder.withDates
        for operation in listed {
            let data = try simulation.get("/v1/Messages/Operations/\(operation.id)")
            #expect(try decoder.decode(ListedOperation.self, from: data) == operation)
        }
    }

    @Test func `an operation older than seven days is neither listed nor found`() throws {
        let oldest = try #require(simulation.listAll().last)
        simulation.advance(.seconds(86_400) + .seconds(7200))
        #expect(try simulation.listAll().contains { $0.id == oldest.id } == false)
        #expect(simulation.answer("GET", "/v1/Messages/Operations/\(oldest.id)").status == 404)
    }

    @Test(
        "what is wrong in a request is answered as the API documents it",
        arguments: [
            ("?pageSize=0", 20422, "$.pageSize"), ("?pageSize=1001", 20422, "$.pageSize"),
            ("?pageSize=ten", 20422, "$.pageSize"), ("?startDate=yesterday", 20422, "$.startDate"),
            ("?endDate=2024-13-01T00:00:00Z", 20422, "$.endDate"), ("?status=completed", 20422, "$.status"),
            ("?status=FAILED", 20422, "$.status"), ("?startDate=", 20422, "$.startDate"),
            ("?startDate=2024-04-20T14:00:00Z&endDate=2024-04-20T14:00:00Z", 20422, "$.endDate"),
            ("?pageToken=abc", 21481, "$.pageToken"), ("?pageToken=", 21481, "$.pageToken"),
            ("?pageToken=%21%21", 21481, "$.pageToken"), ("?pageToken=e30%3D", 21481, "$.pageToken"),
        ])
    func badRequests(query: String, code: Int, context: String) throws {
        let response = simulation.answer("GET", "/v1/Messages/Operations" + query)
        #expect(response.status == 400)
        let error = try DocumentedError(response)
        #expect(error.code == code)
        #expect(error.context == context)
        #expect(error.infoUrl == "https://www.twilio.com/docs/api/errors/\(code)")
        #expect(!error.message.isEmpty)
    }

    /// A token made of a key as the simulator makes it, escaped.
    private func token(_ key: String) -> String {
        let account = "AC00000000000000000000000000000000"
        let text = "{\"PK\":\"C#\(account)\",\"SK\":\"A#\(key)\",\"~~~\":\"???\"}"
        let token = Data(text.utf8).base64EncodedString()
        return token.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    @Test(
        "a token is refused that has the form of one of ours and nothing that belongs in it",
        arguments: [
            "", "5", "2024-04-20T14:00:00Z#5#0", "2024-04-20T14:00:00Z#5#0#0####50#0",
            "2024-04-20T14:00:00Z#5#-1#0####50",
            "2024-04-20T14:00:00Z#5#9223372036854775807#0####50", "2024-04-20T14:00:00Z#9223372036854775808#0#0####50",
            "10000-01-01T00:00:00Z#5#0#0####50", "#5#0#0####50", "2024-04-20T14:00:00Z#5#0#####50",
            "2024-04-20T14:00:00Z#5#0#-1####50", "2024-04-20T14:00:00Z#5#0#253402300800000####50",
            "2024-04-20T14:00:00Z#5#0#0#x###50", "2024-04-20T14:00:00Z#5#0#0##-1##50",
            "2024-04-20T14:00:00Z#5#0#0###completed#50", "2024-04-20T14:00:00Z#5#0#0###UNKNOWN#50",
            "2024-04-20T14:00:00Z#5#0#0####0", "2024-04-20T14:00:00Z#5#0#0####1001", "2024-04-20T14:00:00Z#5#0#0####",
        ])
    func forgedTokens(key: String) throws {
        let response = simulation.answer("GET", "/v1/Messages/Operations?pageToken=\(token(key))")
        #expect(response.status == 400)
        #expect(try DocumentedError(response).code == 21481)
    }

    @Test func `a token with extremes in it is answered`() throws {
        for (key, count) in [
            ("9999-12-31T23:59:59Z#9223372036854775807#1000000000000#253402300799999#0#253402300799999##1000", 1000),
            ("1970-01-01T00:00:00Z#-9223372036854775808#0#0#253402300799999#0#COMPLETED#1", 0),
        ] {
            #expect(try simulation.list("?pageToken=\(token(key))").operations.count == count)
        }
    }

    @Test(
        "unknown paths and methods",
        arguments: [
            ("GET", "/v1/Messages/Operations/comms_operation_01h9krwprkeee8fzqspvwy6nq8", 404, 20404),
            ("GET", "/v1/Messages/Operations/x", 404, 20404), ("GET", "/v1/Messages/Operations/", 404, 20404),
            ("GET", "/v1/Emails/Operations", 404, 20404), ("POST", "/v1/Messages/Operations", 405, 20004),
        ])
    func unknown(method: String, path: String, status: Int, code: Int) throws {
        let response = simulation.answer(method, path)
        #expect(response.status == status)
        #expect(try DocumentedError(response).code == code)
    }

    @Test func `Date is the world's time`() throws {
        #expect(simulation.answer("GET", "/v1/Messages/Operations").header("Date") == "Sat, 20 Apr 2024 14:00:00 GMT")
        simulation.advance(.seconds(86_400 - 1))
        #expect(simulation.answer("GET", "/").header("Date") == "Sun, 21 Apr 2024 13:59:59 GMT")
        #expect(Timestamp(seconds: 784_111_777).httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
    }
}

/// The one entry of `errors` in an error of the API.
struct DocumentedError: Decodable {
    let code: Int
    let message: String
    let infoUrl: String
    let context: String

    private struct Body: Decodable {
        let errors: [DocumentedError]
    }

    init(_ response: ServerResponse) throws {
        let errors = try JSONDecoder().decode(Body.self, from: Data(response.body)).errors
        self = try #require(errors.first)
    }
}
