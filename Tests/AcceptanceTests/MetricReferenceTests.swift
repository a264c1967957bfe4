import Foundation
import TestSupport
import Testing

/// `deploy/metrics.md`, the list of all metrics, against what the built program exposes.
@Suite(.fewAtATime) struct MetricReferenceTests {
    @Test("the metric reference is what the program says of its metrics; RENEW_METRICS=1 writes it anew")
    func reference() async throws {
        let api = try StandIn(SeedSample.answer)
        let exporter = try await ExporterProcess(baseURL: api.baseURL, storage: ":memory:")
        let scheduled = #"{account="default",resource="messages",status="scheduled"}"#
        _ = try await exporter.scrape(when: "all sweeps have ended") {
            $0["twilio_comms_oldest_unfinished_operation_timestamp_seconds" + scheduled] != nil
        }
        let accept = ["--header", "Accept: application/openmetrics-text; version=1.0.0"]
        let text = try await Curl.get("http://127.0.0.1:\(exporter.port)/metrics", accept).body
        let families = ExposedFamily.families(of: text)
        // As many as in the golden exposition, which has all of them.
        let golden = try String(
            contentsOf: #require(Bundle.module.url(forResource: "seed", withExtension: "prom", subdirectory: "Golden")),
            encoding: .utf8)
        #expect(families.count == golden.split(separator: "\n").count { $0.hasPrefix("# TYPE ") })
        let reference = Self.preface + families.map(\.row).joined()
        let path = PrometheusProcess.repository + "/deploy/metrics.md"
        if setting("RENEW_METRICS") == 1 { try reference.write(toFile: path, atomically: true, encoding: .utf8) }
        let committed = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        #expect(
            committed == reference,
            "deploy/metrics.md is not what the program exposes; look at the difference that this makes: RENEW_METRICS=1 swift test --filter MetricReferenceTests"
        )
    }

    private static let preface = """
        # Metrics

        Written by a test from what the exporter itself says at `/metrics`, and compared with it by every `make test`; see
        `Tests/AcceptanceTests/MetricReferenceTests.swift`. The README says more about how they are counted.

        | name | type | unit | labels | meaning |
        |---|---|---|---|---|

        """
}

/// One metric as OpenMetrics shows it.
private struct ExposedFamily {
    /// Without what the type adds.
    let stem: String
    let type: String
    var unit = ""
    var help = ""
    /// In the order of the first sample.
    var labels: [String] = []

    /// The families of a text in OpenMetrics, in its order.
    static func families(of text: String) -> [ExposedFamily] {
        text.split(separator: "\n").reduce(into: []) { families, line in
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            switch words.prefix(2) {
            case ["#", "TYPE"]: families.append(ExposedFamily(stem: words[2], type: words[3]))
            case ["#", "UNIT"]: families[families.count - 1].unit = words[3]
            case ["#", "HELP"]: families[families.count - 1].help = words[3]
            case ["#", "EOF"]: break
            default: families[families.count - 1].note(labelsOf: line)
            }
        }
    }

    private mutating func note(labelsOf line: Substring) {
        guard let open = line.firstIndex(of: "{"), let close = line[open...].firstIndex(of: "}") else { return }
        for match in line[open..<close].matches(of: /([a-z_]+)="(?:[^"\\]|\\.)*"/) {
            let label = String(match.1)
            if label != "le", !labels.contains(label) { labels.append(label) }
        }
    }

    var row: String {
        let suffix = ["counter": "_total", "info": "_info"][type] ?? ""
        let labels = labels.map { "`\($0)`" }.joined(separator: ", ")
        return "| `\(stem)\(suffix)` | \(type) | \(unit) | \(labels) | \(help.replacing("|", with: "\\|")) |\n"
    }
}
