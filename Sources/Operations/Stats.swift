/// The counts of one operation as the API reported them at one moment.
///
/// No member is documented as required, so each may be absent: nil means that no count was reported. A member that was there
/// and is no count is `unreadable` as well.
///
/// Public, unlike the rest of this package, since only what is public is inlined where it is used.
public struct Stats: Sendable {
    @usableFromInline var values: InlineArray<12, Int64> = .init(repeating: 0)
    @usableFromInline var reported: UInt16 = 0
    private var unreadable: UInt16 = 0

    /// Nothing reported.
    package init() {}

    /// Bit n of `reported` says that value n is that of stat n, in the order of `Stat`; all other values are 0. Bit n of
    /// `unreadable` says that stat n was there and is no count.
    package init(_ values: InlineArray<12, Int64>, reported: UInt16, unreadable: UInt16 = 0) {
        self.values = values
        self.reported = reported
        self.unreadable = unreadable
    }

    /// True where no member was there: nothing is known.
    package var isEmpty: Bool { reported | unreadable == 0 }
    package var hasUnreadable: Bool { unreadable != 0 }
    package func isUnreadable(_ stat: Stat) -> Bool { unreadable & (1 << stat.rawValue) != 0 }

    /// These stats, with the last values of the members that cannot be read.
    package func completed(by last: Stats) -> Stats {
        guard hasUnreadable else { return self }
        var completed = Stats(values, reported: reported)
        for stat in Stat.allCases where isUnreadable(stat) { completed[stat] = last[stat] }
        return completed
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
        a.reported == b.reported && a.unreadable == b.unreadable
            && a.values.indices.allSatisfy { a.values[$0] == b.values[$0] }
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
