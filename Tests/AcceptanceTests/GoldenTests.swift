import Foundation
import TestSupport
import Testing

/// The whole exposition of the built binary for the documentation's sample response.
@Suite(.fewAtATime) struct GoldenTests {
    @Test("the sample response gives exactly this exposition")
    func golden() async throws {
        let api = try StandIn(SeedSample.answer)
        let (status, output, errors) = try await Program(
            "twilio-comms-exporter", ["--once", "--storage.path=:memory:", "--twilio.base-url=\(api.baseURL)"],
            environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 0)
        #expect(errors == "")
        let expected = try String(
            contentsOf: #require(Bundle.module.url(forResource: "seed", withExtension: "prom", subdirectory: "Golden")),
            encoding: .utf8)
        let lines = Self.settled(output).split(separator: "\n", omittingEmptySubsequences: false)
        let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.difference(from: expectedLines).isEmpty)
    }

    /// The exposition with a word in place of every number that is another in every run: times, durations, the process.
    private static func settled(_ exposition: String) -> String {
        exposition.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let varies = [
                /^(process_[a-z_]+ ).*$/, /^([a-z_]+_reload_success_timestamp_seconds ).*$/,
                /^([a-z_]+_last_success[a-z_]*{.*} ).*$/,
                /^([a-z_]+_last_successful_poll_timestamp_seconds{.*} ).*$/, /^([a-z_]*api_clock_skew_seconds{.*} ).*$/,
                /^([a-z_]+_(?:poll|request)_duration_seconds_(?:bucket|sum){.*} ).*$/,
                /^(twilio_comms_ledger_size_bytes{.*} ).*$/,
            ]
            if line.hasSuffix(" 0") && !line.contains("_duration_seconds") { return String(line) }
            if line.hasPrefix("twilio_comms_exporter_build_info{") { return "twilio_comms_exporter_build_info{…} 1" }
            let match = varies.lazy.compactMap { line.wholeMatch(of: $0) }.first
            return match.map { "\($0.1)<varies>" } ?? String(line)
        }.joined(separator: "\n")
    }
}
