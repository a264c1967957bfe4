import Foundation
import HTTPServer
import Operations
import Simulator
import Testing

/// The setting `cut`.
struct CutTests {
    private let simulation = Simulation(rate: 60, history: .seconds(6 * 86_400), historyRate: 20)

    @Test(arguments: [1000, 120, 50, 7, 1])
    func `a list ends after the newest, on however many pages`(pageSize: Int) throws {
        let all = try simulation.listAll()
        #expect(simulation.set("cut=120").text.contains("\ncut 120\n"))
        #expect(try simulation.listAll(pageSize: pageSize) == Array(all.prefix(120)))
    }

    @Test func `the page that reaches the cut names no next one, also when it is full`() throws {
        _ = simulation.set("cut=20")
        #expect(try simulation.list("?pageSize=20").pagination.next == nil)
        #expect(try simulation.list("?pageSize=21").operations.count == 20)
        #expect(try simulation.list("?pageSize=21").pagination.next == nil)
        let first = try simulation.list("?pageSize=19")
        let token = try #require(first.pagination.next?.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let second = try simulation.list("?pageSize=19&pageToken=\(token)")
        #expect(second.operations.count == 1)
        #expect(second.pagination.next == nil)
    }

    @Test func `each list is cut by itself, after its filters`() throws {
        let completed = try simulation.listAll(filters: "&status=COMPLETED")
        let dated = try simulation.listAll(filters: "&endDate=2024-04-18T14:00:00Z")
        let few = try simulation.listAll(filters: "&startDate=2024-04-20T12:00:00Z")
        #expect(completed.count > 100 && dated.count > 100 && (10..<100).contains(few.count))
        _ = simulation.set("cut=100")
        #expect(try simulation.listAll(pageSize: 30, filters: "&status=COMPLETED") == Array(completed.prefix(100)))
        #expect(
            try simulation.listAll(pageSize: 30, filters: "&endDate=2024-04-18T14:00:00Z") == Array(dated.prefix(100)))
        #expect(try simulation.listAll(pageSize: 30, filters: "&startDate=2024-04-20T12:00:00Z") == few)
    }

    @Test func `operations that arrive between two pages do not count against the cut`() throws {
        let all = try simulation.listAll()
        _ = simulation.set("cut=50")
        let first = try simulation.list("?pageSize=30")
        simulation.advance(.seconds(60))
        let token = try #require(first.pagination.next?.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let second = try simulation.list("?pageSize=30&pageToken=\(token)")
        #expect(second.operations.map(\.id) == all[30..<50].map(\.id))
        #expect(second.pagination.next == nil)
    }

    @Test func `a list that is longer than a new cut ends with an empty page`() throws {
        let all = try simulation.listAll()
        let first = try simulation.list("?pageSize=30")
        let token = try #require(first.pagination.next?.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        _ = simulation.set("cut=10")
        let cut = try simulation.list("?pageSize=30&pageToken=\(token)")
        #expect(cut.operations == [])
        #expect(cut.pagination.next == nil)
        _ = simulation.set("cut=0")
        let second = try simulation.list("?pageSize=30&pageToken=\(token)")
        #expect(second.operations == Array(all[30..<60]))
        #expect(second.pagination.next != nil)
    }

    @Test func `an operation beyond the cut is found by its id, and the truth counts it`() throws {
        let whole = Simulation(rate: 60)
        let simulation = Simulation(rate: 60)
        _ = simulation.set("cut=1")
        for world in [whole, simulation] { world.advance(.seconds(600)) }
        let all = try whole.listAll()
        #expect(all.count > 500)
        #expect(try simulation.listAll() == Array(all.prefix(1)))
        #expect(simulation.answer("GET", "/v1/Messages/Operations/\(all[499].id)").status == 200)
        #expect(try simulation.truth(birth: noon)["operations_seen_total"] == Int64(all.count))
        #expect(try simulation.truth(birth: noon) == whole.truth(birth: noon))
    }
}
