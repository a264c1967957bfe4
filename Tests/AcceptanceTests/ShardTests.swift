import TestSupport
import Testing

/// Exporters that share one configuration file.
@Suite(.fewAtATime) struct ShardTests {
    private static func accounts(_ samples: Samples) -> Set<String> {
        Set(samples.bySeries.keys.compactMap { $0.firstMatch(of: /_up{account="([^"]+)"/).map { String($0.1) } })
    }

    @Test("three shards have each account once, an empty one is ready, and a reload keeps to the shard")
    func union() async throws {
        let api = try StandIn { _ in .json(#"{"operations": []}"#) }
        let file = try AccountsFile()
        let names = ["marketing", "support", "sales", "alerts", "default"]
        try file.write(names.map { .init(name: $0, baseURL: api.baseURL, more: "resources: [emails]") })
        var seen: [String] = []
        var exporters: [ExporterProcess] = []
        for index in 0..<3 {
            let exporter = try await file.start("--shard=\(index)/3", storage: "\(file.folder.path)/\(index)")
            exporters.append(exporter)
            let samples = try await exporter.scrape(when: "it polls") { samples in
                Self.accounts(samples).allSatisfy { samples[series("up", account: $0, resource: "emails")] == 1 }
            }
            #expect(samples["twilio_comms_exporter_shard_info{shard=\"\(index)\",shards=\"3\"}"] == 1)
            seen += Self.accounts(samples)
        }
        #expect(seen.sorted() == names.sorted())
        try file.write([.init(name: "marketing", baseURL: api.baseURL)])
        for exporter in exporters {
            #expect(try exporter.reload().status == 200)
            _ = try await eventually("ready") { try await exporter.get("/-/ready").status == 200 ? true : nil }
        }
        var left: [Set<String>] = []
        for exporter in exporters { left.append(Self.accounts(try await exporter.scrape())) }
        #expect(left.filter { $0 == ["marketing"] }.count == 1)
        #expect(left.filter(\.isEmpty).count == 2)
        for exporter in exporters { #expect(await exporter.program.end().status == 0) }
    }
}
