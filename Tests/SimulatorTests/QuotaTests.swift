import HTTPServer
import Simulator
import Testing

/// The setting `quota`.
struct QuotaTests {
    private let simulation = Simulation(rate: 30)

    private func status(_ target: String) -> Int { simulation.answer("GET", target).status }

    @Test func `requests beyond the quota are too many, until those before are a minute old`() throws {
        let list = "/v1/Messages/Operations"
        #expect(simulation.set("quota=3").text.contains("\nquota 3\n"))
        #expect([list, list + "/x", list, list].map(status) == [200, 404, 200, 429])
        let response = simulation.answer("GET", list)
        #expect(try DocumentedError(response).code == 20429)
        #expect(response.header("Retry-After") == "5")
        simulation.advance(.milliseconds(59_999))
        #expect(status(list) == 429)
        simulation.advance(.milliseconds(1))
        #expect([list, list, list].map(status) == [200, 200, 429])
        _ = simulation.set("quota=0")
        #expect([list, list, list, list].map(status) == [200, 200, 200, 200])
    }

    @Test func `refused requests count, and those that control the simulator do not`() {
        _ = simulation.set("quota=2&fault=500")
        #expect(status("/v1/Messages/Operations") == 500)
        _ = simulation.set("fault=none")
        #expect(simulation.answer("GET", "/v1/Messages/Operations", authorization: nil).status == 401)
        #expect(["/", "/-/settings", "/-/healthy"].map(status) == [200, 200, 200])
        #expect(status("/v1/Messages/Operations") == 429)
    }

    @Test func `the minute passes also while the world stands still`() {
        _ = simulation.set("quota=1&frozen=true")
        #expect(["/v1/Messages/Operations", "/v1/Messages/Operations"].map(status) == [200, 429])
        simulation.advance(.seconds(60))
        #expect(status("/v1/Messages/Operations") == 200)
    }
}
