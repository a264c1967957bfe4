/// The counts of one operation as the API reported them at one moment.
///
/// No member is documented as required, so each may be absent: nil means "not reported", which is not zero.
///
/// Public, unlike the rest of this package, since only what is public is inlined where it is used.
public struct Stats: Sendable {
    @usableFromInline var values: InlineArray<12, Int64> = .init(repeating: 0)
    @usableFromInline var reported: UInt16 = 0

    /// Nothing reported.
    package init() {}

    /// Where bit n of `reported` is set, value n is that of stat n, in the order of `Stat`; all other values are 0.
    package init(_ values: InlineArray<12, Int64>, reported: UInt16) {
        self.values = values
        self.reported = reported
    }

    @inlinable public subscript(stat: Stat) -> Int64? {
        get { reported & (1 << stat.rawValue) == 0 ? nil : values[stat.rawValue] }
        set {
            values[stat.rawValue] = newValue ?? 0
            if newValue == nil { reported &= ~(1 << stat.rawValue) } else { reported |= 1 << stat.rawValue }
        }
    }
}

extension Stats: Equatable {
    public static func == (a: Stats, b: Stats) -> Bool {
        a.reported == b.reported && a.values.indices.allSatisfy { a.values[$0] == b.values[$0] }
    }
}

extension Stats: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine(reported)
        values.span.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension Stats: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (Stat, Int64)...) {
        for (stat, value) in elements { self[stat] = value }
    }
}
