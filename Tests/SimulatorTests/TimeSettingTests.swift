import Foundation
import HTTPServer
import Operations
import Simulator
import Testing

/// The settings that change how the API deals with time.
struct TimeSettingTests {
    private let simulation = Simulation(rate: 60, history: .seconds(6 * 86_400), historyRate: 20)

    @Test(arguments: [
        ("-864000", "Wed, 10 Apr 2024 14:00:00 GMT"), ("-0.5", "Sat, 20 Apr 2024 13:59:59 GMT"),
        ("0.5", "Sat, 20 Apr 2024 14:00:00 GMT"), ("864000", "Tue, 30 Apr 2024 14:00:00 GMT"),
    ])
    func `the Date of all answers is off by the date offset`(offset: String, date: String) throws {
        #expect(simulation.set("date_offset=\(offset)").header("Date") == date)
        for (target, status) in [("/", 200), ("/v1/Messages/Operations", 200), ("/v1/Messages/Operations/x", 404)] {
            let answer = simulation.answer("GET", target)
            #expect(answer.status == status)
            #expect(answer.header("Date") == date)
        }
        #expect(simulation.set("date_offset=0").header("Date") == "Sat, 20 Apr 2024 14:00:00 GMT")
    }

    @Test func `nothing but the Date moves by the date offset`() throws {
        let (listed, truth) = (try simulation.listAll(), try simulation.truth(birth: noon))
        #expect(simulation.set("date_offset=-86400").text.contains("\ndate_offset -86400\n"))
        #expect(try simulation.listAll() == listed)
        #expect(try simulation.truth(birth: noon) == truth)
    }
    @Test func `an operation is listed and found until its age exceeds the retention`() throws {
        let all = try simulation.listAll()
        let operation = all[40]
        let age = Date.noon.timeIntervalSince(operation.createdAt)
        #expect(simulation.set("retention=\(age)").status == 200)
        #expect(try simulation.listAll() == all.filter { $0.createdAt >= operation.createdAt })
        #expect(simulation.status(of: operation) == 200)
        simulation.advance(.milliseconds(1))
        #expect(try simulation.listAll().map(\.id) == all.filter { $0.createdAt > operation.createdAt }.map(\.id))
        #expect(simulation.status(of: operation) == 404)
        #expect(simulation.status(of: all[39]) == 200)
    }

    @Test func `the retention holds for lists with filters, and can be taken back`() throws {
        let all = try simulation.listAll()
        let hourAgo = Date.noon.addingTimeInterval(-3600)
        #expect(simulation.set("retention=3600").text.contains("\nretention 3600\n"))
        let recent = all.filter { $0.createdAt >= hourAgo }
        #expect((5...40).contains(recent.count))
        for status in ["COMPLETED", "SCHEDULED", "CANCELED"] {
            #expect(try simulation.listAll(filters: "&status=\(status)") == recent.of(status))
        }
        #expect(try simulation.listAll(filters: "&startDate=2024-04-18T00:00:00Z") == recent)
        #expect(try simulation.listAll(filters: "&endDate=2024-04-20T13:00:00Z") == [])
        #expect(simulation.answer("GET", "/").text.contains(" messages \(recent.count) operations listed"))
        _ = simulation.set("retention=604800")
        #expect(try simulation.listAll() == all)
    }

    @Test func `the truth counts on for operations that are listed no more, and its windows do not`() throws {
        let (kept, simulation) = (Simulation(rate: 60), Simulation(rate: 60))
        _ = simulation.set("retention=60")
        for other in [kept, simulation] { other.advance(.seconds(7200)) }
        let (expected, truth) = (try kept.truth(birth: noon), try simulation.truth(birth: noon))
        #expect(expected["operations_seen_total"] ?? 0 > 6900)
        #expect(truth.counters == expected.counters)
        let listed = try simulation.listAll()
        #expect((30...90).contains(listed.count))
        for status in ["scheduled", "processing", "completed", "canceled"] {
            let operations = listed.of(status.uppercased())
            #expect(truth["window_operations{status=\"\(status)\"}"] == Int64(operations.count))
            #expect(truth["window_attempts{status=\"\(status)\"}"] == operations.sum(.attempts))
        }
    }

    @Test func `the gains of an operation shown before the birth go on after it is listed no more`() throws {
        let worlds = (0..<2).map { _ in Simulation(rate: 0, history: .seconds(3600), historyRate: 600) }
        for world in worlds { _ = try world.listAll() }
        _ = worlds[0].set("retention=60")
        for world in worlds { world.advance(.seconds(7200)) }
        #expect(try worlds[0].listAll() == [])
        let truth = try worlds[0].truth(birth: noon)
        #expect(truth["attempts_total"] ?? 0 > 0)
        #expect(try truth.counters == worlds[1].truth(birth: noon).counters)
    }
}

extension Date {
    /// The moment `noon`.
    fileprivate static var noon: Date { Date(timeIntervalSince1970: SimulatorTests.noon.seconds) }
}

extension Simulation {
    /// The status of the answer to a fetch by id.
    fileprivate func status(of operation: ListedOperation) -> Int {
        answer("GET", "/v1/Messages/Operations/\(operation.id)").status
    }
}

extension [String: Int64] {
    /// Those of the truth's numbers that never fall.
    fileprivate var counters: [String: Int64] { filter { $0.key.contains("_total") } }
}
