/// High-water marks by milestone; 0 until something is reached.
struct Marks {
    private var values: InlineArray<10, Int64> = .init(repeating: 0)

    subscript(milestone: Milestone) -> Int64 {
        get { values[milestone.rawValue] }
        set { values[milestone.rawValue] = newValue }
    }
}

extension Marks: Equatable {
    static func == (a: Marks, b: Marks) -> Bool {
        a.values.indices.allSatisfy { a.values[$0] == b.values[$0] }
    }
}
