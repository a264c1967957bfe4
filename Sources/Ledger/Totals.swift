internal import Operations

/// The ledger's totals; each is 0 until something is added to it.
package struct Totals: Equatable, Sendable {
    private var values: [Total: Int64] = [:]

    package subscript(total: Total) -> Int64 {
        get { values[total] ?? 0 }
        // None is the same as 0, so that equal totals are equal.
        set { values[total] = newValue == 0 ? nil : newValue }
    }

    /// Adds without ever trapping: a sum stays within what a ledger can hold.
    mutating func add(_ amount: Int64, to total: Total) {
        guard amount != 0 else { return }
        self[total] = self[total].addingCount(amount)
    }
}
