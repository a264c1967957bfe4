import Exposition
import Testing

@testable import Web

private let text = "text/plain; version=0.0.4; charset=utf-8"
private let text1 = "text/plain; version=1.0.0; charset=utf-8; escaping=underscores"
private let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
private let openMetricsUTF8 = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
private let openMetrics0 = "application/openmetrics-text; version=0.0.1; charset=utf-8"
private let protobuf =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

@Suite struct NegotiationTests {
    @Test(
        "real clients get what they ask for first",
        arguments: [
            // Prometheus 2.42, and with its feature native-histograms.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                openMetrics
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                protobuf
            ),
            // Prometheus 2.5 to 2.28.
            ("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", openMetrics0),
            // Prometheus 1.
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
                protobuf
            ),
            // Prometheus 3.
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                openMetricsUTF8
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                protobuf
            ),
            // curl, Firefox, Chromium, axios.
            ("*/*", text), ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", text),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
                text
            ),
            ("application/json, text/plain, */*", text),
        ])
    func clients(accept: String, type: String) {
        #expect(Negotiation(accept: accept).contentType == type)
    }

    @Test(
        "the greatest weight wins, then the first in the list",
        arguments: [
            ("text/plain;q=0.9,application/openmetrics-text;q=0.8", text),
            ("text/plain;q=0.8,application/openmetrics-text;q=0.9", openMetrics),
            ("text/plain,application/openmetrics-text", text),
            ("application/openmetrics-text;q=0.1,text/plain;q=0.5,application/openmetrics-text;q=0.9", openMetrics),
            ("application/openmetrics-text;q=0.9,text/plain;q=0.5,application/openmetrics-text;q=0.1", openMetrics),
            ("application/openmetrics-text,text/plain,application/openmetrics-text", openMetrics),
            ("text/plain,application/openmetrics-text;version=1.0.0", text),
            ("application/openmetrics-text,text/plain", openMetrics),
            ("application/openmetrics-text;q=0,text/plain;q=0.001", text),
            ("application/openmetrics-text;version=0.0.1,application/openmetrics-text;version=1.0.0", openMetrics0),
            ("*/*,application/openmetrics-text", openMetrics), ("*/*;q=0.9,application/openmetrics-text;q=0.8", text),
            ("text/*", text), ("application/*", openMetrics), ("text/*;q=0.1,application/*;q=0.2", openMetrics),
            ("text/plain;q=0,*/*;q=0.1", openMetrics), ("text/plain;version=1.0.0", text1),
            ("TEXT/PLAIN;VERSION=0.0.4", text), ("Application/OpenMetrics-Text; Version=\"1.0.0\"", openMetrics),
            ("application/openmetrics-text;charset=UTF-8", openMetrics),
        ])
    func weights(accept: String, type: String) {
        #expect(Negotiation(accept: accept).contentType == type)
    }

    @Test(
        "what we do not write is not promised: text 0.0.4 is the last resort",
        arguments: [
            nil, "", "garbage", "application/json", "text/plain;version=0.0.5",
            "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text;charset=latin1", "application/vnd.google.protobuf",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
            "application/vnd.google.protobuf;proto=other.Message;encoding=delimited", "text/plain;q=0", "*/*;q=0",
            "application/openmetrics-text;q=0", "text/plain;q=0,application/openmetrics-text;q=0",
            "application/openmetrics-text;q=NaN", "application/openmetrics-text;q=5", "/;q=0.1", "text", "text/",
            "/plain",
            "*", "*/plain", "application/openmetrics-text/", "application/openmetrics-text;version=1.0.0\u{0}",
            "application/openmetrics-text;version=\"1.0.0", "\u{fffd}\u{fffd}", "text/plain\r\nX-Injected: 1",
        ])
    func lastResort(accept: String?) {
        #expect(Negotiation(accept: accept).contentType == text)
    }

    @Test(
        "the escaping is the one asked for where our names are the same under it, else underscores",
        arguments: [
            ("allow-utf-8", "allow-utf-8"), ("underscores", "underscores"), ("values", "values"),
            ("dots", "underscores"), ("allow-utf8", "underscores"), ("", "underscores"), ("x\r\ny", "underscores"),
        ])
    func escaping(asked: String, answered: String) {
        let type = Negotiation(accept: "application/openmetrics-text;version=1.0.0;escaping=\"\(asked)\"").contentType
        #expect(type == "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=\(answered)")
        #expect(Negotiation(accept: "text/plain;version=0.0.4;escaping=\(asked)").contentType == text)
    }

    @Test(
        "gzip is for those who accept it and do not prefer its absence",
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZip", true), ("x-gzip", true), ("deflate, br, zstd", false),
            ("gzip, deflate, br, zstd", true), ("gzip;q=0", false), ("gzip;q=0.0, *", false), ("*", true),
            ("*;q=0", false),
            ("identity", false), ("identity, gzip", true), ("identity;q=0.5, gzip;q=0.4", false),
            ("identity;q=0.4, gzip;q=0.5", true), ("identity;q=0, gzip;q=0.1", true), ("identity;q=0", false),
            ("identity;q=0, *;q=0.5", true), ("identity;q=0, gzip;q=0", false), ("gzip;q=NaN", false),
            ("gzip;q=1.5", false),
            ("gzip2", false), ("gzip;level=9", true), ("gzip;q=0.001", true), ("br;q=1.0, gzip;q=0.8, *;q=0.1", true),
            ("\"gzip\"", false), ("gzip\u{0}", false), ("notgzip, gzip;q=0", false),
        ] as [(String?, Bool)])
    func codings(header: String?, isGzip: Bool) {
        #expect((ContentCoding(acceptEncoding: header) == .gzip) == isGzip)
    }

    /// Headers as large as the server takes any, and larger.
    static let headers: [(name: String, header: String)] = [
        ("a thousand ranges", (0..<1000).map { "text/x\($0);q=0.\($0)" }.joined(separator: ",")),
        ("a hundred thousand commas", String(repeating: ",", count: 100_000)),
        ("a hundred thousand semicolons", String(repeating: ";", count: 100_000)),
        ("one long name", String(repeating: "a", count: 100_000)),
        ("thousands of parameters", "text/x" + String(repeating: ";x=1", count: 30_000)),
        ("thousands of weights", "text/plain" + String(repeating: ";q=0.5", count: 20_000)),
        ("a long weight", "text/plain;q=0." + String(repeating: "9", count: 100_000)),
        ("quotes", String(repeating: "\"", count: 100_001)),
        ("backslashes in quotes", "a;x=\"" + String(repeating: "\\", count: 100_000)),
        ("every byte", String(decoding: (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 167) }, as: UTF8.self)),
        ("thousands of wildcards", String(repeating: "*/*;q=0.1,", count: 10_000)),
        ("thousands of our own", String(repeating: "text/plain;version=0.0.4;q=0.9,", count: 4000)),
    ]

    @Test("an absurd header is read to its end and answered all the same", arguments: headers.indices)
    func absurd(index: Int) {
        let header = Self.headers[index].header
        #expect(ExpositionFormat.allCases.contains(Negotiation(accept: header).format))
        // What stands in the end still counts, unless a quote that was left open holds it.
        guard !header.contains("\"") else { return }
        #expect(
            Negotiation(accept: header + ",application/openmetrics-text;version=0.0.1").format == .openMetrics0)
        #expect(ContentCoding(acceptEncoding: header + ",gzip") == .gzip)
    }
}
