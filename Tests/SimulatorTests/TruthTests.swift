import HTTPServer
import Operations
import Simulator
import Testing

struct TruthTests {
    private let simulation = Simulation(rate: 0, history: .seconds(86_400), historyRate: 300)

    @Test func `a ledger born before all operations counts them in full`() throws {
        let simulation = Simulation(rate: 600)
        simulation.advance(.seconds(600))
        let listed = try simulation.listAll()
        let truth = try simulation.truth(birth: noon)
        #expect(truth["operations_seen_total"] == Int64(listed.count))
        #expect(truth["messages_total"] == listed.sum(.total))
        #expect(truth["recipients_total"] == listed.sum(.recipients))
        #expect(truth["attempts_total"] == listed.sum(.attempts))
        #expect(truth["operations_finished_total{status=\"completed\"}"] == Int64(listed.of("COMPLETED").count))
        #expect(truth["operations_finished_total{status=\"canceled\"}"] == Int64(listed.of("CANCELED").count))
        #expect(
            truth["message_outcomes_total{outcome=\"sent\"}"]
                == listed.sum(.sent) + listed.sum(.delivered) + listed.sum(.read) + listed.sum(.undelivered))
        #expect(
            truth["message_outcomes_total{outcome=\"delivered\"}"] == listed.sum(.delivered) + listed.sum(.read))
        for stat: Stat in [.read, .undelivered, .unaddressable, .failed, .canceled] {
            #expect(truth["message_outcomes_total{outcome=\"\(stat)\"}"] == listed.sum(stat))
        }
        #expect(listed.count > 5000)
        #expect(listed.sum(.read) > 0)
    }

    @Test func `an older operation counts what it gained since it was first shown`() throws {
        let first = try simulation.listAll()
        #expect(try simulation.truth(birth: noon)["attempts_total"] == 0)
        simulation.advance(.seconds(1800))
        let second = try simulation.listAll()
        let truth = try simulation.truth(birth: noon)
        #expect(truth["operations_seen_total"] == 0)
        #expect(truth["messages_total"] == 0)
        #expect(truth["attempts_total"] == second.sum(.attempts) - first.sum(.attempts))
        #expect(
            truth["message_outcomes_total{outcome=\"failed\"}"] == second.sum(.failed) - first.sum(.failed))
        #expect(
            truth["operations_finished_total{status=\"completed\"}"]
                == Int64(second.of("COMPLETED").count - first.of("COMPLETED").count))
        #expect(second.sum(.attempts) > first.sum(.attempts))
        #expect(second.of("COMPLETED").count > first.of("COMPLETED").count)
    }

    @Test func `an older operation that was never shown counts nothing`() throws {
        simulation.advance(.seconds(1800))
        let truth = try simulation.truth(birth: noon)
        #expect(truth.filter { $0.key.contains("_total") }.allSatisfy { $0.value == 0 })
    }

    @Test func `fetching an operation shows it as well`() throws {
        let processing = try simulation.list("?status=PROCESSING&pageSize=1000").operations
        let other = Simulation(rate: 0, history: .seconds(86_400), historyRate: 300)
        for operation in processing { _ = try other.get("/v1/Messages/Operations/\(operation.id)") }
        other.advance(.seconds(7200))
        #expect(try other.truth(birth: noon)["attempts_total"] ?? 0 > 0)
    }

    @Test func `expired operations keep what they gained`() throws {
        _ = try simulation.listAll()
        simulation.advance(.seconds(5 * 86_400))
        let before = try simulation.truth(birth: noon)
        simulation.advance(.seconds(2 * 86_400))
        #expect(try simulation.listAll().isEmpty)
        let after = try simulation.truth(birth: noon)
        #expect(before["attempts_total"] ?? 0 > 0)
        #expect(after.filter { $0.key.contains("_total") } == before.filter { $0.key.contains("_total") })
        #expect(after["window_operations{status=\"completed\"}"] == 0)
    }

    @Test(arguments: [StatsReading.exclusive, .cumulative])
    func `window gauges are sums of what is listed, in the reading in force`(reading: StatsReading) throws {
        let simulation = Simulation(rate: 60, history: .seconds(86_400), historyRate: 60, reading: reading)
        simulation.advance(.seconds(60))
        let listed = try simulation.listAll()
        let truth = try simulation.truth(birth: noon)
        for status in ["scheduled", "processing", "completed", "canceled", "unknown"] {
            let operations = listed.of(status.uppercased())
            #expect(truth["window_operations{status=\"\(status)\"}"] == Int64(operations.count))
            #expect(truth["window_submitted_messages{status=\"\(status)\"}"] == operations.sum(.total))
            #expect(truth["window_recipients{status=\"\(status)\"}"] == operations.sum(.recipients))
            #expect(truth["window_attempts{status=\"\(status)\"}"] == operations.sum(.attempts))
            for stat: Stat in [
                .scheduled, .queued, .sent, .delivered, .read, .undelivered, .unaddressable, .failed, .canceled,
            ] {
                #expect(
                    truth["window_messages{status=\"\(status)\",outcome=\"\(stat)\"}"] == operations.sum(stat))
            }
        }
        #expect(!listed.of("SCHEDULED").isEmpty)
        #expect(!listed.of("PROCESSING").isEmpty)
    }

    @Test func `every series is there from the start`() throws {
        let text = try #require(World(at: noon).truth(birth: noon)?.text)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 13 + 5 * 13)
        #expect(lines.allSatisfy { $0.hasPrefix("twilio_comms_") && $0.hasSuffix(" 0") })
        #expect(lines.contains("twilio_comms_message_outcomes_total{outcome=\"unaddressable\"} 0"))
        #expect(lines.contains("twilio_comms_window_messages{status=\"unknown\",outcome=\"queued\"} 0"))
    }

    @Test func `a birth that is unreadable or too old is refused`() throws {
        for query in ["", "?birth=", "?birth=yesterday", "?birth=2024-04-13T13:59:59Z"] {
            let response = simulation.answer("GET", "/-/truth" + query)
            #expect(response.status == 400)
            #expect(response.text.hasSuffix("\n"))
        }
        #expect(simulation.answer("GET", "/-/truth?birth=2024-04-13T14:00:00Z").status == 200)
    }
}
