extension Timestamp {
    /// Reads an RFC 2822 date-time (section 3.3) such as `Sat, 20 Apr 2024 14:00:00 +0000`; the day of the week and the seconds
    /// may be missing, and the zone is `GMT`, `UTC`, `UT`, `Z` or an offset. Nil for anything else.
    init?(rfc2822 text: UnsafeRawBufferPointer) {
        var reader = DateReader(text)
        guard reader.skipDayOfWeek(), let day = reader.shortNumber(), reader.skip(" "),
            let month = reader.month(), reader.skip(" "), let year = reader.number(digits: 4), reader.skip(" "),
            day >= 1, day <= daysIn(month: month, year: year),
            let hour = reader.number(digits: 2), hour < 24, reader.skip(":"),
            let minute = reader.number(digits: 2), minute < 60,
            let second = reader.skip(":") ? reader.number(digits: 2) : 0, second <= 60,
            reader.skip(" "), let offset = reader.zoneInMinutes(), reader.isAtEnd
        else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        self.init(days: days, hour: hour, minute: minute, second: second, offset: offset)
    }
}

extension DateReader {
    private static let daysOfWeek = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// True where there is none, or one that is one.
    fileprivate mutating func skipDayOfWeek() -> Bool {
        guard word(of: Self.daysOfWeek) != nil else { return true }
        return skip(",") && skip(" ")
    }

    fileprivate mutating func month() -> Int64? {
        word(of: Self.months).map { Int64($0 + 1) }
    }

    /// A number of one digit or two.
    fileprivate mutating func shortNumber() -> Int64? {
        guard let first = digit() else { return nil }
        guard let second = digit() else { return first }
        return first * 10 + second
    }

    fileprivate mutating func zoneInMinutes() -> Int64? {
        word(of: ["GMT", "UTC", "UT"]) != nil ? 0 : looseOffsetInMinutes()
    }

    /// The index of the word that comes next, which is skipped; letters in either case.
    private mutating func word(of words: [String]) -> Int? {
        words.firstIndex { skip($0) }
    }

    private mutating func skip(_ word: String) -> Bool {
        var rest = self
        for letter in word.unicodeScalars {
            let other = letter.properties.lowercaseMapping.unicodeScalars.first ?? letter
            let upper = letter.properties.uppercaseMapping.unicodeScalars.first ?? letter
            guard rest.skip(letter) || rest.skip(other) || rest.skip(upper) else { return false }
        }
        self = rest
        return true
    }
}
