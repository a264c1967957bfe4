import Exposition
import Testing

@Suite struct TextEncoderTests {
    private func text(_ families: MetricFamily...) -> String {
        String(decoding: ExpositionSyntax.text.encoded(families) + ExpositionSyntax.text.end, as: UTF8.self)
    }

    @Test("families and series keep their order")
    func order() {
        #expect(
            text(
                MetricFamily(
                    "b_total", .counter, "Second letter.",
                    [
                        Series([Label("z", "2"), Label("a", "1")], .integer(7)), Series([Label("z", "1")], .integer(0)),
                    ]),
                MetricFamily("a", .gauge, "First letter.", [Series([], .double(0.5))]))
                    == """
                    # HELP b_total Second letter.
                    # TYPE b_total counter
                    b_total{z="2",a="1"} 7
                    b_total{z="1"} 0
                    # HELP a First letter.
                    # TYPE a gauge
                    a 0.5

                    """)
    }

    @Test("a family without series is left out")
    func empty() {
        #expect(text(MetricFamily("a", .gauge, "None.", [])) == "")
    }

    @Test("help escapes backslash and newline, a label value also quotes")
    func escapes() {
        #expect(
            text(MetricFamily("a", .gauge, "two\nlines \\ \"q\"", [Series([Label("l", "x\\y\n\"z\" é")], .integer(1))]))
                == """
                # HELP a two\\nlines \\\\ "q"
                # TYPE a gauge
                a{l="x\\\\y\\n\\"z\\" é"} 1

                """)
    }

    @Test(
        "numbers are written as Prometheus reads them",
        arguments: [
            (SampleValue.integer(.max), "9223372036854775807"), (.integer(-1), "-1"), (.double(0), "0"),
            (.double(1), "1"), (.double(-0.25), "-0.25"), (.double(1_713_628_800.5), "1713628800.5"),
            (.double(.nan), "NaN"), (.double(.infinity), "+Inf"), (.double(-.infinity), "-Inf"),
            (.double(1e300), "1e+300"),
            (.flag(true), "1"), (.flag(false), "0"),
        ])
    func numbers(value: SampleValue, written: String) {
        #expect(text(MetricFamily("a", .gauge, "h", [Series([], value)])).hasSuffix("\na \(written)\n"))
    }

    @Test("a histogram accumulates its buckets and closes with sum and count")
    func histogram() {
        var histogram = Histogram(bounds: [0.5, 10])
        for value in [0.25, 0.5, 3, 11] { histogram.observe(value) }
        #expect(
            text(MetricFamily("h_seconds", .histogram, "Times.", [Series([Label("a", "b")], histogram)]))
                == """
                # HELP h_seconds Times.
                # TYPE h_seconds histogram
                h_seconds_bucket{a="b",le="0.5"} 2
                h_seconds_bucket{a="b",le="10.0"} 3
                h_seconds_bucket{a="b",le="+Inf"} 4
                h_seconds_sum{a="b"} 14.75
                h_seconds_count{a="b"} 4

                """)
    }

    @Test("what OpenMetrics alone has is a gauge or nothing")
    func openMetricsOnly() {
        #expect(
            text(
                MetricFamily("x_build_info", .info, "Build.", [Series([Label("version", "1")], .integer(1))]),
                MetricFamily("a_seconds_total", .counter, "Time.", [Series([], .integer(2), since: 1_713_628_800_500)]))
                    == """
                    # HELP x_build_info Build.
                    # TYPE x_build_info gauge
                    x_build_info{version="1"} 1
                    # HELP a_seconds_total Time.
                    # TYPE a_seconds_total counter
                    a_seconds_total 2

                    """)
    }
}
