import Foundation
import HTTPServer
import Operations
import Simulator
import Testing

/// The setting `created_moves`: some operations of two hours' history wait for their time to be sent at.
struct CreatedMovesTests {
    private let simulation = Simulation(rate: 0, history: .seconds(7200), historyRate: 2000)

    /// Advances by half an hour in which many operations are sent on, and returns those that were.
    private func sendScheduled() throws -> [ListedOperation] {
        let waiting = Set(try simulation.listAll(filters: "&status=SCHEDULED").map(\.id))
        simulation.advance(.seconds(1800))
        let sent = try simulation.listAll().filter { waiting.contains($0.id) }
        return sent.of("PROCESSING") + sent.of("COMPLETED")
    }

    @Test func `an operation keeps its creation until it is sent on, and then moves to that moment`() throws {
        let first = Dictionary(uniqueKeysWithValues: try simulation.listAll().map { ($0.id, $0) })
        #expect(simulation.set("created_moves=604800").text.contains("\ncreated_moves 604800\n"))
        var waiting = try simulation.listAll(filters: "&status=SCHEDULED")
        #expect(waiting.count > 20)
        #expect(waiting.allSatisfy { $0.createdAt == first[$0.id]?.createdAt })
        var moved = 0
        for step in 1...30 {
            simulation.advance(.seconds(5))
            let now = Date(timeIntervalSince1970: noon.seconds + Double(step) * 5)
            let ids = Set(waiting.map(\.id))
            waiting = try simulation.listAll(filters: "&status=SCHEDULED")
            let left = try simulation.listAll(filters: "&startDate=2024-04-20T13:59:58Z").filter { ids.contains($0.id) }
            for operation in left.of("PROCESSING") + left.of("COMPLETED") {
                #expect((now.addingTimeInterval(-5)...now).contains(operation.createdAt))
                #expect(operation.updatedAt >= operation.createdAt)
                moved += 1
            }
        }
        #expect(moved > 3)
    }

    @Test func `an operation moves by no more than the setting, under the same id`() throws {
        let first = Dictionary(uniqueKeysWithValues: try simulation.listAll().map { ($0.id, $0.createdAt) })
        _ = simulation.set("created_moves=15")
        let sent = try sendScheduled()
        #expect(sent.count > 10)
        for operation in sent {
            #expect(operation.createdAt == first[operation.id]?.addingTimeInterval(15))
            let data = try simulation.get("/v1/Messages/Operations/\(operation.id)")
            #expect(try JSONDecoder.withDates.decode(ListedOperation.self, from: data) == operation)
        }
        _ = simulation.set("created_moves=0")
        #expect(try simulation.listAll().map(\.createdAt) == first.values.sorted(by: >))
    }

    @Test(arguments: [1000, 7])
    func `the list has the order of the creations it shows`(pageSize: Int) throws {
        let first = try simulation.listAll()
        _ = simulation.set("created_moves=604800")
        #expect(try sendScheduled().count > 10)
        let moved = try simulation.listAll(pageSize: pageSize)
        #expect(moved.map(\.id) != first.map(\.id))
        #expect(Set(moved.map(\.id)) == Set(first.map(\.id)))
        #expect(moved.count == first.count)
        #expect(moved.map(\.createdAt) == moved.map(\.createdAt).sorted(by: >))
    }

    @Test func `dates filter on the creation that is shown`() throws {
        _ = simulation.set("created_moves=604800")
        let ids = Set(try sendScheduled().map(\.id))
        let recent = try simulation.listAll(pageSize: 5, filters: "&startDate=2024-04-20T14:00:00Z")
        #expect(Set(recent.map(\.id)) == ids)
        let all = try simulation.listAll()
        #expect(
            try simulation.listAll(filters: "&endDate=2024-04-20T14:00:01Z") == Array(all.dropFirst(recent.count)))
        let (newer, older) = (all[10].createdAt, all[100].createdAt)
        let formatter = ISO8601DateFormatter()
        let dates = "&startDate=\(formatter.string(from: older))&endDate=\(formatter.string(from: newer))"
        #expect(
            try simulation.listAll(pageSize: 20, filters: dates)
                == all.filter { $0.createdAt > older && $0.createdAt < newer })
        #expect(
            try simulation.listAll(pageSize: 20, filters: dates + "&status=COMPLETED")
                == all.filter { $0.createdAt > older && $0.createdAt < newer }.of("COMPLETED"))
    }

    @Test func `an operation that moves between two pages is in neither, and in the next walk`() throws {
        _ = simulation.set("created_moves=604800")
        let dates = "&startDate=2024-04-20T13:40:00Z"
        let before = try simulation.listAll(filters: dates).map(\.id)
        let first = try simulation.list("?pageSize=2" + dates)
        let token = try #require(first.pagination.next?.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let moved = Set(try sendScheduled().map(\.id)).intersection(before).subtracting(first.operations.map(\.id))
        #expect(moved.count > 10)
        let rest = try simulation.list("?pageSize=1000\(dates)&pageToken=\(token)")
        #expect(rest.operations.map(\.id) == before.dropFirst(2).filter { !moved.contains($0) })
        #expect(rest.pagination.next == nil)
        #expect(try Set(simulation.listAll().map(\.id)).isSuperset(of: moved))
    }

    @Test func `the truth counts each operation once, by its first creation`() throws {
        let still = Simulation(rate: 0, history: .seconds(7200), historyRate: 2000)
        for world in [still, simulation] { _ = try world.listAll() }
        _ = simulation.set("created_moves=604800")
        #expect(try sendScheduled().count > 10)
        still.advance(.seconds(1800))
        let truth = try simulation.truth(birth: noon)
        #expect(truth["operations_seen_total"] == 0)
        #expect(truth["attempts_total"] ?? 0 > 0)
        #expect(try truth == still.truth(birth: noon))
        let born = Timestamp(seconds: noon.wholeSeconds - 86_400)
        #expect(try simulation.truth(birth: born)["operations_seen_total"] == Int64(simulation.listAll().count))
        #expect(try simulation.truth(birth: born) == still.truth(birth: born))
    }
}
