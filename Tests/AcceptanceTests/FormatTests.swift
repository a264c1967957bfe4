import Foundation
import Locking
import Operations
import TestSupport
import Testing

private let openMetrics = "application/openmetrics-text;version=1.0.0"
private let protobuf =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

/// The formats of the built exporter, as clients and real Prometheus see them.
@Suite(.fewAtATime) struct FormatTests {
    private static func isStart(_ series: String) -> Bool {
        series.prefix { $0 != "{" }.hasSuffix("_created")
    }

    @Test("all formats show the same numbers, and the same starts where they can")
    func sameNumbers() async throws {
        let subject = try await SampleExporter()
        let text = Samples(try subject.scrape("text/plain").body)
        let read = Samples(try subject.scrape(openMetrics).body)
        let messages = try subject.scrape(protobuf).bytes
        #expect(text.steady().count > 150)
        #expect(read.steady { !Self.isStart($0) } == text.steady())
        #expect(try Samples(protobuf: messages).steady() == text.steady())

        let starts = read.steady(Self.isStart)
        #expect(try Samples(startsOfProtobuf: messages).steady() == starts)
        #expect(starts[series("messages_created")] == 1_713_628_800)
        #expect(starts[series("operation_duration_seconds_created")] == 1_713_628_800)
        let began = try #require(starts[series("polls_created")])
        #expect((Date.now.timeIntervalSince1970 - 600...Date.now.timeIntervalSince1970).contains(began))
        #expect(starts[series("api_request_duration_seconds_created")] == began)
        // The process's own, before its accounts.
        let configured = try #require(starts["twilio_comms_log_lines_dropped_created"])
        #expect((began - 60...began).contains(configured))
        #expect(Set(starts.values) == [1_713_628_800, began, configured])
        #expect(starts[series("ledger_recoveries_created")] == nil)
        #expect(read["process_cpu_seconds_created"] == read["process_start_time_seconds"])
    }

    @Test("the reference parser of OpenMetrics reads every family, and the samples that we meant")
    func reference() async throws {
        let subject = try await SampleExporter()
        let answer = try subject.scrape(openMetrics)
        let samples = try await ReferenceParser.samples(answer.bytes)
        #expect(samples.count == Samples(answer.body).bySeries.count)
        for sample in samples {
            #expect(sample.type != "unknown", "\(sample.name)")
            #expect(sample.unit == "" || sample.name.contains("_" + sample.unit), "\(sample.name)")
        }
        let info = samples.filter { $0.type == "info" }
        #expect(info.map(\.name) == ["twilio_comms_exporter_build_info", "twilio_comms_exporter_shard_info"])
        #expect(info.first?.labels.keys.sorted() == ["revision", "swift_version", "version"])
        #expect(samples.filter { $0.name.hasSuffix("_bytes") }.allSatisfy { $0.unit == "bytes" })
        #expect(samples.filter { $0.name.contains("_seconds") }.allSatisfy { $0.unit == "seconds" })
    }

    @Test(
        "a compressed scrape is the plain one, and HEAD tells its headers",
        arguments: ["text/plain", openMetrics, protobuf])
    func compressed(accept: String) async throws {
        let subject = try await SampleExporter()
        let plain = try subject.scrape(accept)
        let packed = try subject.scrape(accept, coding: "gzip")
        #expect(plain.header("Content-Encoding") == nil)
        #expect(packed.header("Content-Encoding") == "gzip")
        #expect(packed.header("Content-Type") == plain.header("Content-Type"))
        #expect(packed.bytes.count < plain.bytes.count / 3)

        let folder = try TemporaryFolder()
        try Data(packed.bytes).write(to: URL(fileURLWithPath: folder.path + "/metrics.gz"))
        let unpack = try Program(
            path: "/bin/sh", ["-c", "gzip -t \"$0.gz\" && gzip -d \"$0.gz\"", folder.path + "/metrics"],
            environment: ["PATH": "/usr/bin:/bin"])
        #expect(await unpack.wait().status == 0)
        let unpacked = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/metrics"))
        // What the process says of itself is another thing at each scrape, and comes last.
        let accounts = try #require(plain.bytes.firstRange(of: Array("process_cpu_seconds".utf8))).lowerBound - 60
        #expect(accounts > 5000)
        #expect(Array(unpacked.prefix(accounts)) == Array(plain.bytes.prefix(accounts)))

        let head = try AcceptanceTests.scrape(
            port: subject.exporter.port, method: "HEAD", [("Accept", accept), ("Accept-Encoding", "gzip")])
        #expect(head.status == 200)
        for name in ["Content-Type", "Content-Encoding", "Vary"] { #expect(head.header(name) == packed.header(name)) }
    }

    @Test("headers that nobody would send are answered or refused, and the next scrape is served")
    func absurd() async throws {
        let subject = try await SampleExporter()
        let values: [[UInt8]] = [
            Array(repeating: UInt8(ascii: ","), count: 12_000), Array(repeating: UInt8(ascii: "\""), count: 12_001),
            Array((0..<1000).map { "a/\($0);q=0.\($0)" }.joined(separator: ",").utf8),
            Array(repeating: UInt8(ascii: "a"), count: 500_000), (1...255).filter { $0 != 10 && $0 != 13 },
            [0], [0xff, 0xfe, 0x80], Array("application/openmetrics-text;version=\"1.0.0".utf8),
            Array(String(repeating: "*/*;q=0.1,", count: 1200).utf8),
        ]
        for name in ["Accept", "Accept-Encoding"] {
            for value in values {
                let socket = try RawSocket(port: UInt16(subject.exporter.port))
                // One who refuses may do so before all has come.
                try? socket.send(Array("GET /metrics HTTP/1.1\r\nHost: a\r\n\(name): ".utf8) + value)
                try? socket.send("\r\nConnection: close\r\n\r\n")
                let answer = try? socket.readResponse()
                #expect(answer.map { [200, 400, 413, 431].contains($0.status) } ?? true)
                if answer?.status == 200 { #expect(answer?.header("Content-Type")?.hasPrefix("text/plain;") == true) }
                #expect(try subject.scrape(openMetrics, coding: "gzip").status == 200)
            }
        }
        #expect(subject.exporter.program.isRunning)
    }

    @Test(
        "a real Prometheus with native histograms scrapes protobuf, and shows what the text says",
        arguments: PrometheusRelease.allCases)
    func prometheusProtobuf(release: PrometheusRelease) async throws {
        let subject = try await SampleExporter()
        let scraped = try await scrape(subject, by: release, flags: ["--enable-feature=native-histograms"])
        #expect(scraped.exchanges.allSatisfy { $0.contentType.hasPrefix("application/vnd.google.protobuf;") })
        #expect(scraped.exchanges.allSatisfy { $0.contentEncoding == "gzip" })
        #expect(try scraped.samples.steady() == subject.text().steady())
    }

    @Test(
        "Prometheus 3 makes native histograms of the classic ones that it scrapes as protobuf, and they say the same",
        .needsPrometheus3)
    func prometheusNativeHistograms() async throws {
        // Within a second of the ledger's birth, from which it counts.
        let page = SeedSample.pageCompletedLater
        let first = Locked<Timestamp?>(nil)
        let subject = try await SampleExporter { _ in
            let created = first.withLock { first in
                first = first ?? Timestamp(seconds: Timestamp.wallClock().wholeSeconds + 1)
                return first ?? .wallClock()
            }
            return .json(
                page.replacing("2024-04-20T16:00:30Z", with: created.description)
                    .replacing("2024-04-20T16:10:30Z", with: (created + .seconds(600)).description))
        }
        let scraped = try await scrape(
            subject, by: .newer, settings: ["convert_classic_histograms_to_nhcb: true"],
            flags: ["--enable-feature=native-histograms"])
        #expect(scraped.exchanges.allSatisfy { $0.contentType.hasPrefix("application/vnd.google.protobuf;") })
        #expect(scraped.histograms.count == 3)
        #expect(
            scraped.histograms[series("operation_duration_seconds")]
                == NativeHistogram(count: 1, sum: 600, buckets: [600: 1]))
        let text = try subject.text()
        #expect(scraped.samples.steady() == text.steady { scraped.samples[$0] != nil })
        let classic = text.steady { scraped.samples[$0] == nil }
        #expect(classic.count == 45)
        for (series, value) in classic { #expect(scraped.histograms[classic: series] == value, "\(series)") }
    }

    @Test(
        "a real Prometheus scrapes OpenMetrics by itself, and has the starts besides what the text says",
        arguments: PrometheusRelease.allCases)
    func prometheusOpenMetrics(release: PrometheusRelease) async throws {
        let subject = try await SampleExporter()
        let scraped = try await scrape(subject, by: release)
        #expect(
            scraped.exchanges.allSatisfy { $0.contentType.hasPrefix("application/openmetrics-text; version=1.0.0;") })
        #expect(scraped.exchanges.allSatisfy { $0.contentEncoding == "gzip" })
        let samples = scraped.samples
        let outcome = series("message_outcomes_created", #"outcome="sent""#)
        #expect(try samples.steady { !Self.isStart($0) } == subject.text().steady())
        #expect(samples[Samples.sorted(series("messages_created"))] == 1_713_628_800)
        #expect(samples[Samples.sorted(outcome)] == 1_713_628_800)
        #expect(samples.steady(Self.isStart).count > 50)
    }

    @Test(
        "Prometheus 3 scrapes version 1.0.0 of the text format, and shows what 0.0.4 says", .needsPrometheus3)
    func prometheusText1() async throws {
        let subject = try await SampleExporter()
        let scraped = try await scrape(
            subject, by: .newer, settings: ["scrape_protocols: [PrometheusText1.0.0]"])
        let contentType = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
        #expect(scraped.exchanges.allSatisfy { $0.contentType == contentType && $0.contentEncoding == "gzip" })
        #expect(try scraped.samples.steady() == subject.text().steady())
    }

    /// A Prometheus' samples of an exporter, and how the two agreed on a format.
    private struct Scraped {
        let samples: Samples
        let histograms: [String: NativeHistogram]
        let exchanges: [Witness.Exchange]
    }

    /// Has a Prometheus scrape a few times, without an error.
    private func scrape(
        _ subject: SampleExporter, by release: PrometheusRelease, settings: [String] = [], flags: [String] = []
    ) async throws -> Scraped {
        try release.require()
        let witness = try Witness(before: subject.exporter.port)
        let prometheus = try await PrometheusProcess(release, scraping: witness.port, settings: settings, flags)
        _ = try await eventually("two scrapes have succeeded") {
            try await prometheus.query(#"count_over_time(up{job="twilio-comms-exporter"}[1m]) >= 2"#).first
        }
        #expect(try await prometheus.query(#"min_over_time(up{job="twilio-comms-exporter"}[1m])"#) == [1])
        let all = #"{job="twilio-comms-exporter",__name__=~"twilio.*|process.*"}"#
        return try await Scraped(
            samples: prometheus.samples(all), histograms: prometheus.nativeHistograms(all),
            exchanges: witness.exchanges)
    }
}
