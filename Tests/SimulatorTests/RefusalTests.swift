import Foundation
import HTTPServer
import Simulator
import Testing

/// The setting `refuse`.
struct RefusalTests {
    private let simulation = Simulation(rate: 60, history: .seconds(6 * 86_400), historyRate: 20)

    private func status(_ query: String) -> Int {
        simulation.answer("GET", "/v1/Messages/Operations" + query).status
    }

    @Test(arguments: [
        ("old_start", "?startDate=2024-04-13T13:59:59Z", "$.startDate", "?startDate=2024-04-13T14:00:00Z"),
        ("long_window", "?startDate=2024-04-19T13:59:59Z", "$.endDate", "?startDate=2024-04-19T14:00:00Z"),
        (
            "long_window", "?startDate=2024-04-16T00:00:00Z&endDate=2024-04-17T00:00:01Z", "$.endDate",
            "?startDate=2024-04-16T00:00:00Z&endDate=2024-04-17T00:00:00Z"
        ),
        ("long_window", "?startDate=2024-04-01T00:00:00Z", "$.endDate", "?endDate=2024-04-17T00:00:00Z"),
        ("large_page", "?pageSize=101", "$.pageSize", "?pageSize=100"),
        ("page_size", "?pageSize=50", "$.pageSize", "?status=COMPLETED"),
        ("status_with_dates", "?status=COMPLETED&startDate=2024-04-20T00:00:00Z", "$.status", "?status=COMPLETED"),
        (
            "status_with_dates", "?status=COMPLETED&endDate=2024-04-20T00:00:00Z", "$.status",
            "?startDate=2024-04-19T00:00:00Z&endDate=2024-04-20T00:00:00Z"
        ),
        ("upper_status", "?status=COMPLETED", "$.status", "?status=completed"),
        ("status", "?status=COMPLETED", "$.status", "?pageSize=50"),
    ])
    func `a form of request is refused, and the plainer one taken`(
        word: String, refused: String, context: String, taken: String
    ) throws {
        #expect(status(refused) == 200)
        #expect(simulation.set("refuse=\(word)").text.contains("\nrefuse \(word)\n"))
        let response = simulation.answer("GET", "/v1/Messages/Operations" + refused)
        #expect(response.status == 400)
        let error = try DocumentedError(response)
        #expect(error.code == 20422)
        #expect(error.context == context)
        #expect(status(taken) == 200)
        #expect(status("") == 200)
        #expect(simulation.set("refuse=none").text.contains("\nrefuse none\n"))
        #expect(status(refused) == 200)
    }

    @Test(arguments: [
        "&pageSize=50", "&status=COMPLETED", "&startDate=2024-04-19T00:00:00Z", "&endDate=2024-04-20T00:00:00Z",
    ])
    func `a token is refused with anything else, and taken alone`(other: String) throws {
        let token = try #require(simulation.list("").pagination.next).escaped
        #expect(status("?pageToken=\(token)\(other)") == 200)
        _ = simulation.set("refuse=token_with_filters")
        let response = simulation.answer("GET", "/v1/Messages/Operations?pageToken=\(token)\(other)")
        #expect(response.status == 400)
        #expect(try DocumentedError(response).code == 21481)
        #expect(status("?pageToken=\(token)") == 200)
        #expect(status("?" + other.dropFirst()) == 200)
    }

    @Test(arguments: ["SCHEDULED", "PROCESSING", "COMPLETED", "CANCELED"])
    func `where capitals are refused, small letters have the same list`(status: String) throws {
        let expected = try simulation.listAll(filters: "&status=\(status)")
        _ = simulation.set("refuse=upper_status")
        #expect(try simulation.listAll(filters: "&status=\(status.lowercased())") == expected)
        #expect(self.status("?status=\(status.capitalized)") == 400)
        #expect(self.status("?status=unknown") == 400)
    }

    @Test func `every second request for a list is refused, whatever it asks`() {
        _ = simulation.set("refuse=half")
        #expect(["", "?pageSize=0", "?pageSize=1", "?status=COMPLETED"].map(status) == [200, 400, 200, 400])
        #expect(["", "", "/x", "/x", "", ""].map(status) == [200, 400, 404, 404, 200, 400])
        #expect(status("") == 200)
        _ = simulation.set("refuse=half")
        #expect(["", ""].map(status) == [200, 400])
    }

    @Test func `all requests for lists are refused, and fetches are not`() throws {
        let operation = try #require(simulation.listAll().first)
        _ = simulation.set("refuse=all")
        #expect(["", "?pageSize=1", ""].map(status) == [400, 400, 400])
        #expect(status("/\(operation.id)") == 200)
        #expect(simulation.answer("GET", "/v1/Messages/Operations").text.contains("\"context\":\"null\""))
    }

    @Test func `several forms can be refused, and are shown once in their order`() {
        let text = simulation.set("refuse=status,large_page,old_start,status").text
        #expect(text.contains("\nrefuse old_start,large_page,status\n"))
        #expect(["?pageSize=101", "?status=COMPLETED", "?pageSize=100"].map(status) == [400, 400, 200])
    }

    @Test func `what a token stands for is not refused as if it were sent`() throws {
        let query = "?startDate=2024-04-15T00:00:00Z&status=COMPLETED&pageSize=101"
        let token = try #require(simulation.list(query).pagination.next).escaped
        _ = simulation.set(
            "refuse=old_start,long_window,large_page,page_size,token_with_filters,status_with_dates,upper_status,status"
        )
        #expect(try simulation.list("?pageToken=\(token)").operations.count == 101)
    }
}

extension String {
    /// A token as it stands in a query.
    var escaped: String { addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
}
