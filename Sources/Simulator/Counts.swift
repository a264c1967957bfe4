package import Operations

/// One count for each `Stat`, added and subtracted member by member.
package struct Counts: Equatable, Sendable {
    private var values = SIMD16<Int64>(repeating: 0)

    /// All zero.
    package init() {}

    package subscript(stat: Stat) -> Int64 {
        get { values[stat.rawValue] }
        set { values[stat.rawValue] = newValue }
    }

    package static func += (a: inout Counts, b: Counts) {
        a.values &+= b.values
    }

    package static func - (a: Counts, b: Counts) -> Counts {
        var difference = a
        difference.values &-= b.values
        return difference
    }
}

extension Counts: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (Stat, Int64)...) {
        for (stat, value) in elements { self[stat] = value }
    }
}
