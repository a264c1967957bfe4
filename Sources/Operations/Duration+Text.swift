extension Duration {
    /// Reads a duration as the Prometheus ecosystem writes it in flags and configuration: `30s`, `1h30m`, `7d`, `0`.
    ///
    /// Whole numbers with the units w, d, h, m, s, ms, largest first, each at most once; a bare number is only allowed
    /// as `0`. Returns nil for anything else, and for more than 292 years, where Prometheus stops as well: what this
    /// returns can be added to any real `Timestamp` without overflow.
    ///
    /// Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#configuration-file
    package init?(text: String) {
        guard text != "0" else {
            self = .zero
            return
        }
        var rest = Substring(text).utf8[...]
        var total: Int64 = 0
        var smallestSoFar = Int64.max
        repeat {
            guard let (count, unit) = Duration.readPart(of: &rest), unit < smallestSoFar,
                case let (part, tooLarge) = count.multipliedReportingOverflow(by: unit), !tooLarge,
                part <= Duration.maximumTextMilliseconds - total
            else { return nil }
            smallestSoFar = unit
            total += part
        } while !rest.isEmpty
        self = .milliseconds(total)
    }

    /// As `init(text:)` reads it, in whole milliseconds: `1h30m`, `7d`, `0s`.
    package var text: String {
        let units: [(String, Int64)] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
        var rest = milliseconds
        let parts = units.compactMap { name, unit in
            defer { rest %= unit }
            return rest >= unit ? "\(rest / unit)\(name)" : nil
        }
        return parts.isEmpty ? "0s" : parts.joined()
    }

    /// What fits into an Int64 of nanoseconds.
    private static let maximumTextMilliseconds: Int64 = Int64.max / 1_000_000

    /// Takes digits and the unit behind them off the front of `text`; nil if they are not there.
    private static func readPart(of text: inout Substring.UTF8View) -> (count: Int64, unit: Int64)? {
        let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let letters = text.dropFirst(digits.count).prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        guard let count = Int64(Substring(digits)), let unit = milliseconds(in: Substring(letters)) else { return nil }
        text = text.dropFirst(digits.count + letters.count)
        return (count, unit)
    }

    private static func milliseconds(in unit: Substring) -> Int64? {
        switch unit {
        case "ms": 1
        case "s": 1000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        case "w": 604_800_000
        default: nil
        }
    }
}
