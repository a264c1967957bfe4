import Exposition
import TestSupport
import Testing

@Suite struct OpenMetricsEncoderTests {
    private func text(_ families: MetricFamily...) -> String {
        let syntax = ExpositionSyntax.openMetrics
        return String(decoding: syntax.encoded(families) + syntax.end, as: UTF8.self)
    }

    /// One family of each kind.
    static let families: [MetricFamily] = {
        var histogram = Histogram(bounds: [0.5, 10])
        for value in [0.25, 0.5, 3, 11] { histogram.observe(value) }
        return [
            MetricFamily(
                "x_requests_total", .counter, "Requests.",
                [
                    Series([Label("code", "200")], .integer(7), since: 1_713_628_800_500),
                    Series([Label("code", "error")], .integer(0)),
                ]),
            MetricFamily(
                "x_wait_seconds_total", .counter, "Waited.", [Series([], .double(0.25), since: 1_713_628_800_000)]),
            MetricFamily(
                "x_duration_seconds", .histogram, "Times.",
                [Series([Label("a", "b")], histogram, since: 1_713_628_800_123), Series([Label("a", "c")], histogram)]),
            MetricFamily("x_size_bytes", .gauge, "Size.", [Series([], .integer(-1))]),
            MetricFamily("x_limit", .gauge, "Limit.", [Series([], .double(.infinity))]),
            MetricFamily("x_build_info", .info, "Build.", [Series([Label("version", "1")], .integer(1))]),
            MetricFamily("x_nothing", .gauge, "None.", []),
        ]
    }()

    @Test("a whole exposition, with types, units, starts and its end")
    func whole() {
        let syntax = ExpositionSyntax.openMetrics
        #expect(
            String(decoding: syntax.encoded(Self.families) + syntax.end, as: UTF8.self) == """
                # TYPE x_requests counter
                # HELP x_requests Requests.
                x_requests_total{code="200"} 7
                x_requests_created{code="200"} 1713628800.5
                x_requests_total{code="error"} 0
                # TYPE x_wait_seconds counter
                # UNIT x_wait_seconds seconds
                # HELP x_wait_seconds Waited.
                x_wait_seconds_total 0.25
                x_wait_seconds_created 1713628800
                # TYPE x_duration_seconds histogram
                # UNIT x_duration_seconds seconds
                # HELP x_duration_seconds Times.
                x_duration_seconds_bucket{a="b",le="0.5"} 2
                x_duration_seconds_bucket{a="b",le="10.0"} 3
                x_duration_seconds_bucket{a="b",le="+Inf"} 4
                x_duration_seconds_sum{a="b"} 14.75
                x_duration_seconds_count{a="b"} 4
                x_duration_seconds_created{a="b"} 1713628800.123
                x_duration_seconds_bucket{a="c",le="0.5"} 2
                x_duration_seconds_bucket{a="c",le="10.0"} 3
                x_duration_seconds_bucket{a="c",le="+Inf"} 4
                x_duration_seconds_sum{a="c"} 14.75
                x_duration_seconds_count{a="c"} 4
                # TYPE x_size_bytes gauge
                # UNIT x_size_bytes bytes
                # HELP x_size_bytes Size.
                x_size_bytes -1
                # TYPE x_limit gauge
                # HELP x_limit Limit.
                x_limit +Inf
                # TYPE x_build info
                # HELP x_build Build.
                x_build_info{version="1"} 1
                # EOF

                """)
    }

    @Test(
        "the parts of an exposition join to the whole, and the same families give the same bytes",
        arguments: ExpositionSyntax.allCases)
    func parts(syntax: ExpositionSyntax) {
        let whole = syntax.encoded(Self.families)
        #expect(whole == syntax.encoded(Self.families))
        for cut in Self.families.indices {
            #expect(
                syntax.encoded(Array(Self.families[..<cut])) + syntax.encoded(Array(Self.families[cut...])) == whole)
        }
    }

    @Test("an exposition of nothing is its end alone")
    func nothing() async throws {
        #expect(text() == "# EOF\n")
        #expect(try await ReferenceParser.samples(Array(text().utf8)).isEmpty)
    }

    @Test("help escapes quotes, too")
    func help() {
        #expect(
            text(MetricFamily("a", .gauge, "two\nlines \\ \"q\"", [Series([], .integer(1))]))
                == "# TYPE a gauge\n# HELP a two\\nlines \\\\ \\\"q\\\"\na 1\n# EOF\n")
    }

    @Test("the reference parser reads types, units, numbers and starts as they were meant")
    func reference() async throws {
        let syntax = ExpositionSyntax.openMetrics
        let samples = try await ReferenceParser.samples(syntax.encoded(Self.families) + syntax.end)
        #expect(
            samples.map { "\($0.name) \($0.type) \($0.unit) \($0.value)" } == [
                "x_requests_total counter  7.0", "x_requests_created counter  1713628800.5",
                "x_requests_total counter  0.0", "x_wait_seconds_total counter seconds 0.25",
                "x_wait_seconds_created counter seconds 1713628800.0",
                "x_duration_seconds_bucket histogram seconds 2.0",
                "x_duration_seconds_bucket histogram seconds 3.0", "x_duration_seconds_bucket histogram seconds 4.0",
                "x_duration_seconds_sum histogram seconds 14.75", "x_duration_seconds_count histogram seconds 4.0",
                "x_duration_seconds_created histogram seconds 1713628800.123",
                "x_duration_seconds_bucket histogram seconds 2.0", "x_duration_seconds_bucket histogram seconds 3.0",
                "x_duration_seconds_bucket histogram seconds 4.0", "x_duration_seconds_sum histogram seconds 14.75",
                "x_duration_seconds_count histogram seconds 4.0", "x_size_bytes gauge bytes -1.0", "x_limit gauge  inf",
                "x_build_info info  1.0",
            ])
    }

    @Test("lines of samples are the same bytes in both text formats", arguments: labelValues)
    func sharedLines(value: String) {
        let series = [Series([Label("l", value), Label("m", value)], .double(0.5), since: 1)]
        let families = [MetricFamily("a", .gauge, "h", series), MetricFamily("b_total", .counter, "h", series)]
        let samples = { (syntax: ExpositionSyntax) in
            syntax.encoded(families).split(separator: UInt8(ascii: "\n")).filter {
                $0.first != UInt8(ascii: "#") && !$0.starts(with: "b_created".utf8)
            }
        }
        #expect(samples(.text).count == 2)
        #expect(samples(.text) == samples(.openMetrics))
    }

    /// What a label's value may be: anything that is UTF-8.
    static let labelValues = [
        "", "plain", "back\\slash", "\\", "\\\\n", "\"quoted\"", "two\nlines", "\n", "a\u{0}b", "tab\tbell\u{7}",
        "return\r",
        "é", "日本語", "🙂👩‍👩‍👧", "{a=\"b\"} 1", "# EOF", "le=\"+Inf\",", "\u{feff}mark", "\u{2028}", "\u{85}", "\u{202e}gnol",
        "\u{10ffff}", String(repeating: "\"\\\n", count: 100),
    ]

    @Test("the reference parser gives back every value of a label", arguments: labelValues)
    func values(value: String) async throws {
        let family = MetricFamily("a", .gauge, value, [Series([Label("l", value), Label("m", "x")], .integer(1))])
        let samples = try await ReferenceParser.samples(Array(text(family).utf8))
        #expect(samples.map(\.labels) == [["l": value, "m": "x"]])
    }
}
