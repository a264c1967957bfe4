import Operations
import TestSupport
import Testing

/// The built exporter over a long time, which passes faster for it than for anybody else: what it holds of the machine
/// stays what it was after its first polls.
///
/// `SOAK_HOURS` sets how long that is, in hours of its own time.
@Suite(.fewAtATime) struct SoakTests {
    static let hours = setting("SOAK_HOURS") ?? 2
    static let rate: Int64 = 120

    /// What the exporter holds of the machine, as it says itself.
    private struct Footprint: CustomStringConvertible {
        let polls, memory, descriptors, threads, file: Double

        init(_ samples: Samples) {
            polls = samples[TruthTests.polls] ?? .nan
            memory = samples["process_resident_memory_bytes"] ?? .nan
            descriptors = samples["process_open_fds"] ?? .nan
            threads = samples["process_threads"] ?? .nan
            file = samples[series("ledger_size_bytes")] ?? .nan
        }

        var description: String {
            let (memory, file) = (memory / 1_048_576, file / 1_048_576)
            return
                "\(Int(polls)) polls: \(memory) MiB, \(Int(descriptors)) descriptors, \(Int(threads)) threads, ledger \(file) MiB"
        }
    }

    @Test(
        "hours of polls and scrapes leave memory, descriptors, threads and the ledger's file as they were, and counters true"
    )
    func flat() async throws {
        let (time, folder) = (try TimeWarp(rate: Self.rate), try TemporaryFolder())
        // From the start on, as many operations come as leave retention.
        let simulator = try await SimulatorProcess(
            ["--rate=2", "--history=7d", "--history-rate=120"], in: time)
        let start = {
            try await ExporterProcess(
                baseURL: simulator.baseURL, storage: folder.path, interval: "30s", in: time)
        }
        var exporter = try await start()
        let footprints = try await footprints(of: exporter, until: try time.time + Double(Self.hours) * 3600, time)
        Self.expectFlat(footprints)

        try await simulator.set("frozen=true")
        let end = await exporter.program.end()
        #expect(end.status == 0, "\(end.errors.suffix(1000))")
        exporter = try await start()
        let settled = try await exporter.scrape(when: "the week is listed again") { $0[TruthTests.week] ?? 0 > 0 }
        // The gauges are of another moment: for the exporter time goes on while it starts.
        let counters = try await simulator.truth(birth: settled.birth.description).bySeries.filter {
            $0.key.contains("_total{")
        }
        #expect(counters.count == 13)
        for (series, value) in counters { #expect(settled[series] == value, "\(series)") }
        #expect(settled[TimeTests.gap] == 0)
    }

    /// A footprint every ten polls, from the first week's listing on.
    private func footprints(
        of exporter: ExporterProcess, until end: Double, _ time: TimeWarp
    ) async throws -> [Footprint] {
        var samples = try await exporter.scrape(when: "the first week is listed") { $0[TruthTests.week] ?? 0 > 0 }
        var footprints = [Footprint(samples)]
        while try time.time < end || footprints.count < 8 {
            let last = samples[TruthTests.polls] ?? 0
            samples = try await exporter.scrape(when: "ten more polls are done") {
                $0[TruthTests.polls] ?? 0 >= last + 10
            }
            footprints.append(Footprint(samples))
        }
        print("after \(Self.hours) h: \(footprints.first!) … \(footprints.last!)")
        return footprints
    }

    /// Whether the second half of the time needed no more than the first half; the sockets of a scrape and of the API, and
    /// what an allocator keeps, may differ by a few.
    private static func expectFlat(_ footprints: [Footprint]) {
        let (early, late) = (footprints.prefix(footprints.count / 2), footprints.suffix(footprints.count / 2))
        let most = { (some: ArraySlice<Footprint>, what: (Footprint) -> Double) in some.map(what).max() ?? .nan }
        #expect(most(late, \.memory) <= most(early, \.memory) + 2 * 1_048_576, "\(footprints)")
        #expect(most(late, \.descriptors) <= most(early, \.descriptors) + 2, "\(footprints)")
        #expect(most(late, \.threads) <= most(early, \.threads) + 2, "\(footprints)")
        #expect(most(late, \.file) <= most(early, \.file) * 1.05, "\(footprints)")
    }
}
