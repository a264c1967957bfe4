import Operations

/// JSON in the making: appended to piece by piece, because a page of a thousand operations has to take about a
/// millisecond.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    /// The last day written, as `2024-04-20T`: operations of one page have few of them.
    private var day: (number: Int64, text: [UInt8]) = (.min, [])
    private let dates: DateForm

    /// Nothing yet, with room for so many bytes; moments will be written in a form of dates.
    init(capacity: Int = 256, dates: DateForm = .zulu) {
        self.dates = dates
        bytes.reserveCapacity(capacity)
    }

    /// Appends JSON as it stands.
    mutating func append(_ json: StaticString) {
        json.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
    }

    mutating func append(_ number: Int64) {
        guard number > 9 || number < 0 else { return bytes.append(UInt8(ascii: "0") + UInt8(number)) }
        bytes.append(contentsOf: String(number).utf8)
    }

    /// Appends a string of characters that JSON does not escape, in quotes.
    mutating func appendString(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a moment as `"2024-04-20T14:00:00Z"`, or in another form of dates.
    mutating func append(_ moment: Timestamp) {
        guard let ending = dates.ending else { return appendString("\(moment.dateInWords) +0000") }
        let second = moment.wholeSeconds
        let dayNumber = second / 86_400
        if day.number != dayNumber {
            day = (dayNumber, Array(moment.description.utf8.prefix(11)))
        }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: day.text)
        appendTwoDigits(second / 3600 % 24)
        bytes.append(UInt8(ascii: ":"))
        appendTwoDigits(second / 60 % 60)
        bytes.append(UInt8(ascii: ":"))
        appendTwoDigits(second % 60)
        append(ending)
    }

    private mutating func appendTwoDigits(_ number: Int64) {
        bytes.append(UInt8(ascii: "0") + UInt8(number / 10))
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
