import SwiftProtobuf
import Testing

@testable import Exposition

@Suite struct ProtobufEncoderTests {
    /// The messages of an exposition, each after its length.
    private static func messages(_ bytes: [UInt8]) throws -> [Io_Prometheus_Client_MetricFamily] {
        var rest = bytes[...]
        var messages: [Io_Prometheus_Client_MetricFamily] = []
        while !rest.isEmpty {
            var length = 0
            for shift in stride(from: 0, through: 63, by: 7) {
                let byte = rest.removeFirst()
                length |= Int(byte & 0x7f) << shift
                if byte < 0x80 { break }
            }
            try messages.append(Io_Prometheus_Client_MetricFamily(serializedBytes: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return messages
    }

    @Test("a counter is these bytes")
    func literal() {
        let family = MetricFamily(
            "a_bytes_total", .counter, "h", [Series([Label("l", "v")], .integer(3), since: 1_713_628_800_500)])
        var expected: [UInt8] = [62]
        expected += [0x0a, 13] + Array("a_bytes_total".utf8)  // name
        expected += [0x12, 1] + Array("h".utf8)  // help
        expected += [0x18, 0]  // type
        expected += [0x22, 33]  // metric
        expected += [0x0a, 6, 0x0a, 1] + Array("l".utf8) + [0x12, 1] + Array("v".utf8)  // label
        expected += [0x1a, 23]  // counter
        expected += [0x09, 0, 0, 0, 0, 0, 0, 0x08, 0x40]  // value 3
        expected += [0x1a, 12]  // start: 1713628800 seconds, 500000000 nanoseconds
        expected += [0x08, 0x80, 0xcd, 0x8f, 0xb1, 0x06, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01]
        expected += [0x2a, 5] + Array("bytes".utf8)  // unit
        #expect(ExpositionSyntax.protobuf.encoded([family]) == expected)
    }

    @Test("a family of every kind says its name, type, unit, numbers and starts")
    func kinds() throws {
        let messages = try Self.messages(ExpositionSyntax.protobuf.encoded(OpenMetricsEncoderTests.families))
        #expect(
            messages.map { $0.textFormatString() } == [
                """
                name: "x_requests_total"
                help: "Requests."
                type: COUNTER
                metric {
                  label {
                    name: "code"
                    value: "200"
                  }
                  counter {
                    value: 7.0
                    created_timestamp {
                      seconds: 1713628800
                      nanos: 500000000
                    }
                  }
                }
                metric {
                  label {
                    name: "code"
                    value: "error"
                  }
                  counter {
                    value: 0.0
                  }
                }

                """,
                """
                name: "x_wait_seconds_total"
                help: "Waited."
                type: COUNTER
                metric {
                  counter {
                    value: 0.25
                    created_timestamp {
                      seconds: 1713628800
                    }
                  }
                }
                unit: "seconds"

                """,
                """
                name: "x_duration_seconds"
                help: "Times."
                type: HISTOGRAM
                \(histogram(label: "b", start: "created_timestamp {\n      seconds: 1713628800\n      nanos: 123000000\n    }"))
                \(histogram(label: "c", start: nil))
                unit: "seconds"

                """,
                """
                name: "x_size_bytes"
                help: "Size."
                type: GAUGE
                metric {
                  gauge {
                    value: -1.0
                  }
                }
                unit: "bytes"

                """,
                """
                name: "x_limit"
                help: "Limit."
                type: GAUGE
                metric {
                  gauge {
                    value: inf
                  }
                }

                """,
                """
                name: "x_build_info"
                help: "Build."
                type: GAUGE
                metric {
                  label {
                    name: "version"
                    value: "1"
                  }
                  gauge {
                    value: 1.0
                  }
                }

                """,
            ])
    }

    private func histogram(label: String, start: String?) -> String {
        let buckets = [("0.5", 2), ("10.0", 3), ("inf", 4)].map {
            "    bucket {\n      cumulative_count: \($1)\n      upper_bound: \($0)\n    }\n"
        }
        return """
            metric {
              label {
                name: "a"
                value: "\(label)"
              }
              histogram {
                sample_count: 4
                sample_sum: 14.75
            \(buckets.joined())\(start.map { "    \($0)\n" } ?? "")  }
            }
            """
    }

    @Test(
        "every value of a label comes back, and a long family has a long length",
        arguments: OpenMetricsEncoderTests.labelValues)
    func values(value: String) throws {
        let series = (0..<40).map { Series([Label("l", value), Label("n", "\($0)")], .integer(1)) }
        let messages = try Self.messages(ExpositionSyntax.protobuf.encoded([MetricFamily("a", .gauge, value, series)]))
        #expect(messages.count == 1)
        #expect(messages.first?.help == value)
        #expect(messages.first?.metric.map(\.label[0].value) == Array(repeating: value, count: 40))
    }

    @Test("messages of every length around one more byte of length come back", arguments: [100...140, 16_350...16_390])
    func lengths(sizes: ClosedRange<Int>) throws {
        let families = sizes.map {
            MetricFamily("a", .gauge, String(repeating: "h", count: $0), [Series([], .integer(1))])
        }
        let messages = try Self.messages(ExpositionSyntax.protobuf.encoded(families))
        #expect(messages.map(\.help.count) == Array(sizes))
    }

    @Test(
        "a number is the double next to it",
        arguments: [
            (SampleValue.integer(.max), 9.223_372_036_854_775_8e18), (.integer(.min), -9.223_372_036_854_775_8e18),
            (.integer(9_007_199_254_740_993), 9_007_199_254_740_992), (.double(0.1), 0.1),
        ])
    func numbers(value: SampleValue, number: Double) throws {
        let family = MetricFamily("a_total", .counter, "h", [Series([], value)])
        #expect(try Self.messages(ExpositionSyntax.protobuf.encoded([family]))[0].metric[0].counter.value == number)
    }

    @Test("a moment before 1970 counts its nanoseconds forward")
    func early() {
        let moment = Google_Protobuf_Timestamp(-1)
        #expect(moment.seconds == -1)
        #expect(moment.nanos == 999_000_000)
        #expect(Google_Protobuf_Timestamp(.min).nanos == 192_000_000)
    }
}
