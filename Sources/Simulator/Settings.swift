/// What a user may change while the simulator runs; what says so applies to operations created from then on.
package struct Settings: Equatable, Sendable {
    /// What each answer of the API is, instead of the right one.
    package enum Fault: String, CaseIterable, Sendable {
        case none
        case unauthorized = "401"
        case throttled = "429"
        case broken = "500"
    }

    /// Operations created a minute, on average; 0 for none.
    package var rate = 30.0
    /// The share of messages that fail, and of those sent the share that is not delivered; new operations.
    package var failureRatio = 0.02
    package var undeliveredRatio = 0.05
    /// How many times faster than usual operations live; new operations.
    package var pace = 1.0
    /// Whether the clock of the world stands still, and everything with it.
    package var frozen = false
    /// Seconds each answer of the API waits.
    package var hang = 0.0
    package var fault = Fault.none
    /// Seconds after its creation for which the API lists an operation, and finds it by id; at most `World.memory`.
    package var retention = 604_800.0
    /// Seconds by which the creation of an operation with a schedule is shown later from when it is sent on, but no later
    /// than that moment. Applies at once to all operations.
    package var createdMoves = 0.0
    /// The number of operations after which a list ends as if there were no more; 0 for lists that are not cut.
    package var cut = 0
    /// Seconds by which the `Date` header of all answers is ahead of the world's time.
    package var dateOffset = 0.0
    /// The forms of a list's request that are answered 400.
    package var refused: Set<Refusal> = []
    /// Seconds after the first page of a list for which its tokens are accepted; 0 for ever.
    package var tokenLife = 0.0
    package var next = NextForm.token
    package var empty = EmptyForm.array
    package var dates = DateForm.zulu
    package var fetch = FetchAnswer.right
    /// Requests to the API within 60 seconds beyond which it answers 429; 0 for no such limit.
    package var quota = 0

    package init() {}

    /// Reads one setting as it stands in a query, such as `failure_ratio=0.3`.
    package mutating func set(_ name: String, to text: String) throws(SettingError) {
        switch name {
        case "rate": rate = try number(name, text, in: 0...60_000)
        case "failure_ratio": failureRatio = try number(name, text, in: 0...1)
        case "undelivered_ratio": undeliveredRatio = try number(name, text, in: 0...1)
        case "pace": pace = try number(name, text, in: 0.1...10_000)
        case "hang": hang = try number(name, text, in: 0...3600)
        case "frozen": frozen = try word(name, text, ["true": true, "false": false])
        case "fault": fault = try word(name, text)
        case "retention": retention = try number(name, text, in: 60...604_800)
        case "created_moves": createdMoves = try number(name, text, in: 0...604_800)
        case "cut": cut = try wholeNumber(name, text, in: 0...1000)
        case "date_offset": dateOffset = try number(name, text, in: -864_000...864_000)
        case "refuse": refused = try refusals(name, text)
        case "token_life": tokenLife = try number(name, text, in: 0...86_400)
        case "next": next = try word(name, text)
        case "empty": empty = try word(name, text)
        case "dates": dates = try word(name, text)
        case "fetch": fetch = try word(name, text)
        case "quota": quota = try wholeNumber(name, text, in: 0...100_000)
        default: throw SettingError(reason: "there is no setting \"\(name)\"")
        }
    }

    /// One setting to a line, with the names `set` reads.
    package var text: String {
        """
        rate \(plain(rate))
        failure_ratio \(plain(failureRatio))
        undelivered_ratio \(plain(undeliveredRatio))
        pace \(plain(pace))
        frozen \(frozen)
        hang \(plain(hang))
        fault \(fault.rawValue)
        retention \(plain(retention))
        created_moves \(plain(createdMoves))
        cut \(cut)
        date_offset \(plain(dateOffset))
        refuse \(refusedText)
        token_life \(plain(tokenLife))
        next \(next.rawValue)
        empty \(empty.rawValue)
        dates \(dates.rawValue)
        fetch \(fetch.rawValue)
        quota \(quota)

        """
    }

    private var refusedText: String {
        refused.isEmpty ? "none" : Refusal.allCases.filter(refused.contains).map(\.rawValue).joined(separator: ",")
    }
}

/// Why a setting was refused, as one line.
package struct SettingError: Error, Equatable, CustomStringConvertible {
    package let reason: String

    package var description: String { reason }
}

private func number(
    _ name: String, _ text: String, in range: ClosedRange<Double>
) throws(SettingError) -> Double {
    guard let value = Double(text), range.contains(value) else {
        throw SettingError(
            reason: "\(name) must be a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))")
    }
    return value
}

private func wholeNumber(_ name: String, _ text: String, in range: ClosedRange<Int>) throws(SettingError) -> Int {
    guard let value = Int(text), range.contains(value) else {
        throw SettingError(
            reason: "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
}

private func word<Value>(_ name: String, _ text: String, _ values: [String: Value]) throws(SettingError) -> Value {
    guard let value = values[text] else {
        throw SettingError(reason: "\(name) must be one of \(values.keys.sorted().joined(separator: ", "))")
    }
    return value
}

private func word<Word: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ text: String
) throws(SettingError) -> Word {
    try word(name, text, Dictionary(uniqueKeysWithValues: Word.allCases.map { ($0.rawValue, $0) }))
}

/// Reads `none`, or words with commas between.
private func refusals(_ name: String, _ text: String) throws(SettingError) -> Set<Refusal> {
    guard text != "none" else { return [] }
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map { Refusal(rawValue: String($0)) }
    let known = words.compactMap { $0 }
    guard known.count == words.count else {
        let all = Refusal.allCases.map(\.rawValue).joined(separator: ", ")
        throw SettingError(reason: "\(name) must be none, or of these, with commas between: \(all)")
    }
    return Set(known)
}

/// Without a fraction where there is none.
private func plain(_ value: Double) -> String {
    value == value.rounded() ? "\(Int64(value))" : "\(value)"
}
