import Operations
import Testing

struct DurationTextTests {
    @Test(
        "durations are read as Prometheus writes them",
        arguments: [
            ("30s", Duration.seconds(30)), ("5m", .seconds(300)), ("1h30m", .seconds(5400)), ("7d", .seconds(604_800)),
            ("2w", .seconds(1_209_600)), ("250ms", .milliseconds(250)), ("0", .zero), ("0s", .zero),
            ("007s", .seconds(7)),
            ("90m", .seconds(5400)), ("1w2d3h4m5s6ms", .milliseconds(788_645_006)),
        ])
    func reads(text: String, expected: Duration) {
        #expect(Duration(text: text) == expected)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "5", "00", "s", "ms", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5h", "1m1h", "1s1s", "1ms1s", "5S", "5y",
            "5mm",
            "5s\u{0}", "٣s", "99999999999999999999s", "1e3s",
        ])
    func refuses(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test func `the longest duration is what an Int64 of nanoseconds holds, and nothing overflows past it`() {
        #expect(Duration(text: "9223372036854ms") == .milliseconds(9_223_372_036_854))
        #expect(Duration(text: "9223372036855ms") == nil)
        #expect(Duration(text: "15250w") == .seconds(9_223_200_000))
        #expect(Duration(text: "15251w") == nil)
        #expect(Duration(text: "15250w1d23h47m16s854ms") == .milliseconds(9_223_372_036_854))
        #expect(Duration(text: "15250w1d23h47m16s855ms") == nil)
        #expect(Duration(text: "9223372036854775807w") == nil)
    }
}
