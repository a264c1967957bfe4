import Foundation
import TestSupport
import Testing

/// VictoriaMetrics in the place of Prometheus.
@Suite(.fewAtATime) struct VictoriaMetricsTests {
    @Test(
        "VictoriaMetrics scrapes what the text says, and its vmalert evaluates every rule without an error",
        .needsPrometheus3)
    func scrapeAndRules() async throws {
        let subject = try await SampleExporter()
        let witness = try Witness(before: subject.exporter.port)
        defer { withExtendedLifetime(witness) {} }
        let database = try await VictoriaMetricsProcess(scraping: witness.port)
        // Asked too early, it goes on saying for ten seconds that there is no such series.
        _ = try await eventually("it has scraped") { witness.exchanges.count > 3 ? true : nil }
        _ = try await eventually("two scrapes have succeeded") {
            try await database.query("sum_over_time(up[1m]) >= 2").first
        }
        #expect(try await database.query("min_over_time(up[1m])") == [1])
        let scraped = try await database.samples(#"{job="twilio-comms-exporter",__name__=~"twilio.*|process.*"}"#)
        let text = try subject.text().steady()
        #expect(Set(scraped.steady().keys) == Set(text.keys))
        // It keeps 15 digits of a number.
        for (series, value) in text {
            #expect(abs((scraped[series] ?? .nan) - value) <= abs(value) * 1e-14, "\(series)")
        }

        let alerts = try await VMAlertProcess(database)
        let rules = try await eventually("all rules are evaluated") {
            let rules = try await alerts.rules()
            return rules.allSatisfy(\.isEvaluated) ? rules : nil
        }
        #expect(try rules.map(\.name).sorted() == Self.names().sorted())
        for rule in rules { #expect(rule.lastError == "", "\(rule.name)") }
        let increase = rules.first { $0.name.hasSuffix(":twilio_comms_message_outcomes:increase5m") }
        #expect(increase?.lastSamples == 7)
    }

    /// The names of the repository's rules.
    private static func names() throws -> [String] {
        let folder = PrometheusProcess.repository + "/deploy/prometheus/rules/"
        return try FileManager.default.contentsOfDirectory(atPath: folder).flatMap { file in
            try String(contentsOfFile: folder + file, encoding: .utf8)
                .matches(of: /- (?:alert|record): (\S+)/).map { String($0.1) }
        }
    }
}
