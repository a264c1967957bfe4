// RFC 3339 section 5.6, read and written by hand: Foundation's parser costs 27 times as much, and this one runs twice
// for every operation of every page.

extension Timestamp: CustomStringConvertible {
    /// In seconds.
    private static let year10000: Int64 = 253_402_300_800

    /// Reads an RFC 3339 date-time such as `2024-04-20T14:00:00Z`, `…00.123Z` or `…00+02:00`.
    ///
    /// Digits of a second beyond the third are dropped; a leap second `:60` reads as the second after `:59`.
    /// Returns nil for anything else, including moments that in UTC are before 1970 or after 9999, which cannot be written
    /// so again.
    package init?(rfc3339 text: UnsafeRawBufferPointer) {
        self.init(rfc3339: text) { $0.offsetInMinutes() }
    }

    /// Reads a date as the API may write it: in RFC 3339, also without a zone, which is UTC then, or with `+0000` or `+00`, or
    /// in RFC 2822.
    package init?(listed text: UnsafeRawBufferPointer) {
        let listed = Timestamp(rfc3339: text) { $0.isAtEnd ? 0 : $0.looseOffsetInMinutes() } ?? Timestamp(rfc2822: text)
        guard let listed else { return nil }
        self = listed
    }

    package init?(listed text: String) {
        var text = text
        guard let value = text.withUTF8({ Timestamp(listed: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = value
    }

    private init?(rfc3339 text: UnsafeRawBufferPointer, offset: (inout DateReader) -> Int64?) {
        var reader = DateReader(text)
        guard let year = reader.number(digits: 4), reader.skip("-"),
            let month = reader.number(digits: 2), (1...12).contains(month), reader.skip("-"),
            let day = reader.number(digits: 2), day >= 1, day <= daysIn(month: month, year: year),
            reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(digits: 2), hour < 24, reader.skip(":"),
            let minute = reader.number(digits: 2), minute < 60, reader.skip(":"),
            let second = reader.number(digits: 2), second <= 60,
            let fraction = reader.fractionInMilliseconds(), let offset = offset(&reader), reader.isAtEnd
        else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        self.init(days: days, hour: hour, minute: minute, second: second, offset: offset, fraction: fraction)
    }

    /// The moment of a clock that is `offset` minutes ahead of UTC; nil for one that cannot be written in RFC 3339.
    init?(days: Int64, hour: Int64, minute: Int64, second: Int64, offset: Int64, fraction: Int64 = 0) {
        let minutes = (days * 24 + hour) * 60 + minute - offset
        let seconds = minutes * 60 + second
        guard minutes >= 0, seconds < Self.year10000 else { return nil }
        self.init(milliseconds: seconds * 1000 + fraction)
    }

    package init?(rfc3339 text: String) {
        var text = text
        guard let value = text.withUTF8({ Timestamp(rfc3339: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = value
    }

    /// Whole seconds with `Z`, as the API's `startDate` and `endDate` are sent: `2024-04-20T14:00:00Z`.
    package var description: String {
        let days = floorDivide(wholeSeconds, 86_400)
        let second = wholeSeconds - days * 86_400
        let (year, month, day) = civilDate(daysSince1970: days)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
            + "T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
    }
}

/// Reads the fields of a date from left to right.
struct DateReader {
    private let text: UnsafeRawBufferPointer
    private var position = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    var isAtEnd: Bool { position == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int64? {
        guard position < text.count, case let value = text[position] &- UInt8(ascii: "0"), value < 10 else {
            return nil
        }
        position += 1
        return Int64(value)
    }

    mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let next = digit() else { return nil }
            value = value * 10 + next
        }
        return value
    }

    mutating func fractionInMilliseconds() -> Int64? {
        guard skip(".") else { return 0 }
        guard var value = digit() else { return nil }
        var places = 1
        while let next = digit() {
            if places < 3 { value = value * 10 + next }
            places += 1
        }
        return places == 1 ? value * 100 : places == 2 ? value * 10 : value
    }

    mutating func offsetInMinutes() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), hours < 24, skip(":"), let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }

    /// An offset whose minutes may be missing or stand without a colon.
    mutating func looseOffsetInMinutes() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), hours < 24 else { return nil }
        guard !isAtEnd else { return sign * hours * 60 }
        _ = skip(":")
        guard let minutes = number(digits: 2), minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

func daysIn(month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, counted in years that begin in March so that
/// the leap day comes last.
func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = floorDivide(year, 400)
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// The inverse of `daysSince1970`.
private func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
