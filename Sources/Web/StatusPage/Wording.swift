internal import Operations

/// Numbers and times as people read them at a glance.
enum Wording {
    /// `1,234,567`
    static func count(_ number: Int64) -> String {
        let digits = String(number.magnitude)
        let grouped = digits.enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0, (digits.count - digit.offset).isMultiple(of: 3) { text += "," }
            text.append(digit.element)
        }
        return (number < 0 ? "-" : "") + grouped
    }

    /// `1 poll`, `2 polls`
    static func count(_ number: Int64, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// What a resource sends, one of it: `message`.
    static func noun(for resource: Resource) -> String {
        switch resource {
        case .emails: "e-mail"
        case .pushNotifications: "push notification"
        default: "message"
        }
    }

    /// `0 %`, `0.4 %`, `12 %`, `100 %`: a tenth where it would matter, and never 0 or 100 for what is only near them.
    static func percent(_ ratio: Double) -> String {
        guard ratio > 0, ratio < 1 else { return ratio > 0 ? "100 %" : "0 %" }
        guard ratio >= 0.001 else { return "< 0.1 %" }
        guard ratio < 0.999 else { return "> 99.9 %" }
        let tenths = Int((ratio * 1000).rounded())
        return tenths < 100 && tenths % 10 > 0 ? "\(tenths / 10).\(tenths % 10) %" : "\(min(99, (tenths + 5) / 10)) %"
    }

    /// `310 B`, `12 KiB`, `6.4 MiB`
    static func bytes(_ number: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(number)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return unit == 0 || tenths >= 100
            ? "\((tenths + 5) / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// `12 s`, `4 min`, `3 h`, `2 d`: one unit, rounded down.
    static func span(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3600) h"
        default: return "\(count(seconds / 86_400)) d"
        }
    }

    /// A moment as it lies from now, with the moment itself for whoever asks: `4 min ago`, `in 20 s`.
    static func time(_ moment: Timestamp, now: Timestamp) -> HTML {
        let words = moment <= now ? "\(span(now - moment)) ago" : "in \(span(moment - now))"
        return #"<time datetime="\#(moment.description)" title="\#(moment.description)">\#(words)</time>"#
    }
}
