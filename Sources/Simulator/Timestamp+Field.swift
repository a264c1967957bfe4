import Operations

extension Timestamp {
    /// A moment in milliseconds as a token has it; nil for one before 1970 or after 9999, which no world comes to.
    init?(field: String) {
        guard let milliseconds = Int64(field), (0..<253_402_300_800_000).contains(milliseconds) else { return nil }
        self.init(milliseconds: milliseconds)
    }
}
