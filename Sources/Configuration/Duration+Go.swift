extension Duration {
    /// Reads a duration as Go does, and with it the web configuration files of the ecosystem: `1.5s`, `500us`, `1m30.5s`,
    /// `0`. Any number of parts in any order, below a nanosecond cut off; nil for anything else, and for what Go has no
    /// room for: https://pkg.go.dev/time#ParseDuration
    init?(goText text: String) {
        var rest = Substring(text).utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard !rest.elementsEqual("0".utf8) else {
            self = .zero
            return
        }
        var total: UInt64 = 0
        repeat {
            guard let part = nanosecondsOfPart(of: &rest),
                case let (sum, tooLarge) = total.addingReportingOverflow(part), !tooLarge
            else { return nil }
            total = sum
        } while !rest.isEmpty
        guard let nanoseconds = Int64(exactly: total) else { return nil }
        self = .nanoseconds(isNegative ? -nanoseconds : nanoseconds)
    }
}

/// Takes a number and the unit behind it off the front of `text`; nil if they are not there, or are too large.
private func nanosecondsOfPart(of text: inout Substring.UTF8View) -> UInt64? {
    let whole = digits(of: &text)
    let hasPoint = text.first == UInt8(ascii: ".")
    if hasPoint { text = text.dropFirst() }
    let fraction = hasPoint ? digits(of: &text) : "".utf8[...]
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    let letters = text.prefix { $0 != UInt8(ascii: ".") && !isDigit($0) }
    text = text.dropFirst(letters.count)
    guard let unit = nanoseconds(in: Substring(letters)), let count = whole.isEmpty ? 0 : UInt64(Substring(whole)),
        case let (product, tooLarge) = count.multipliedReportingOverflow(by: unit), !tooLarge,
        case let (sum, stillTooLarge) = product.addingReportingOverflow(part(fraction, of: unit)), !stillTooLarge
    else { return nil }
    return sum
}

/// The digits behind a point, of a unit; further ones than 18 are below a nanosecond of any.
private func part(_ fraction: Substring.UTF8View, of unit: UInt64) -> UInt64 {
    let (value, scale) = fraction.prefix(18).reduce((UInt64(0), UInt64(1))) {
        ($0.0 * 10 + UInt64($1 - UInt8(ascii: "0")), $0.1 * 10)
    }
    return scale.dividingFullWidth(value.multipliedFullWidth(by: unit)).quotient
}

private func digits(of text: inout Substring.UTF8View) -> Substring.UTF8View {
    let digits = text.prefix(while: isDigit)
    text = text.dropFirst(digits.count)
    return digits
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

private func nanoseconds(in unit: Substring) -> UInt64? {
    switch unit {
    case "ns": 1
    // The sign for micro, and the Greek letter.
    case "us", "\u{b5}s", "\u{3bc}s": 1000
    case "ms": 1_000_000
    case "s": 1_000_000_000
    case "m": 60_000_000_000
    case "h": 3_600_000_000_000
    default: nil
    }
}
