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
}
