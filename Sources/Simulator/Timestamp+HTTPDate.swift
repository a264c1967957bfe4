import Operations

extension Timestamp {
    /// As the `Date` header says it: `Sat, 20 Apr 2024 14:00:00 GMT`.
    ///
    /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    package var httpDate: String { "\(dateInWords) GMT" }

    /// `Sat, 20 Apr 2024 14:00:00` in UTC, to which a zone is to be added.
    var dateInWords: String {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        // 1970-01-01 was a Thursday; a Timestamp from before it is none that a response can have.
        let weekday = weekdays[Int(max(0, wholeSeconds) / 86_400 % 7)]
        let fields = description.split { "-T:Z".contains($0) }
        let month = months[(Int(fields[1]) ?? 1) - 1]
        return "\(weekday), \(fields[2]) \(month) \(fields[0]) \(fields[3]):\(fields[4]):\(fields[5])"
    }
}
