import Foundation
import HTTPServer
import Simulator
import Testing

/// Tokens as they stand for a list: alone, with filters, and for as long as the setting `token_life` says.
struct TokenTests {
    private let simulation = Simulation(rate: 60, history: .seconds(6 * 86_400), historyRate: 20)

    private func status(_ token: String) -> Int {
        simulation.answer("GET", "/v1/Messages/Operations?pageToken=\(token.escaped)").status
    }

    @Test(arguments: [
        "pageSize=70", "pageSize=70&status=COMPLETED", "pageSize=70&startDate=2024-04-17T14:00:00.5Z",
        "pageSize=70&endDate=2024-04-17T14:00:00Z",
        "pageSize=70&startDate=2024-04-15T14:00:00Z&endDate=2024-04-19T14:00:00.123Z&status=COMPLETED", "",
    ])
    func `a token alone gives the pages that it gives with the filters of its list`(filters: String) throws {
        let path = "/v1/Messages/Operations"
        var page = try simulation.list("?\(filters)")
        var pages = 1
        while let token = page.pagination.next?.escaped {
            simulation.advance(.seconds(1))
            let alone = try simulation.get("\(path)?pageToken=\(token)")
            #expect(try simulation.get("\(path)?\(filters)&pageToken=\(token)") == alone)
            page = try JSONDecoder.withDates.decode(ListedPage.self, from: alone)
            pages += 1
        }
        #expect(pages > 10)
    }

    @Test func `filters that are sent with a token take the place of its own, and go on`() throws {
        let all = try simulation.listAll()
        let first = try simulation.list("?pageSize=100&status=COMPLETED")
        let oldest = try #require(first.operations.last)
        let rest = all.drop { $0 != oldest }.filter { $0.status == "CANCELED" }
        #expect(rest.count > 10)
        let token = try #require(first.pagination.next).escaped
        let page = try simulation.list("?pageToken=\(token)&pageSize=5&status=CANCELED")
        #expect(page.operations == Array(rest[..<5]))
        let next = try #require(page.pagination.next).escaped
        #expect(try simulation.list("?pageToken=\(next)").operations == Array(rest[5..<10]))
    }

    @Test func `a token is taken until its list is older than the life of tokens`() throws {
        #expect(simulation.set("token_life=60").text.contains("\ntoken_life 60\n"))
        let first = try simulation.list("")
        simulation.advance(.seconds(30))
        let second = try simulation.list("?pageToken=\(try #require(first.pagination.next).escaped)")
        simulation.advance(.seconds(30))
        let tokens = [first.pagination.own, second.pagination.own, try #require(second.pagination.next)]
        #expect(tokens.map(status) == [200, 200, 200])
        simulation.advance(.milliseconds(1))
        #expect(tokens.map(status) == [400, 400, 400])
        let response = simulation.answer("GET", "/v1/Messages/Operations?pageToken=\(tokens[2].escaped)")
        #expect(try DocumentedError(response).code == 21481)
        #expect(status(try simulation.list("").pagination.own) == 200)
        _ = simulation.set("token_life=0")
        #expect(tokens.map(status) == [200, 200, 200])
    }
}
