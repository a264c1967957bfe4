package import Operations

/// Sums over the operations inside retention and the unfinished ones past it, exactly as the API last reported them: the
/// values of the window gauges.
///
/// Kept by adding and subtracting single operations, so that showing them never reads the operations again.
package struct Window: Equatable, Sendable {
    /// Values a row of the table `window` can count: the operations themselves and the twelve stats.
    package enum Column: Hashable, Sendable {
        case operations
        case stat(Stat)

        static let allCases: [Column] = [.operations] + Stat.allCases.map(stat)

        var key: String {
            switch self {
            case .operations: "operations"
            case .stat(let stat): "\(stat)"
            }
        }

        fileprivate var index: Int {
            switch self {
            case .operations: 0
            case .stat(let stat): 1 + stat.rawValue
            }
        }
    }

    private static let width = 1 + Stat.allCases.count
    private var values = [Int64](repeating: 0, count: OperationStatus.allCases.count * width)

    package subscript(status: OperationStatus, column: Column) -> Int64 {
        get { values[Int(status.rawValue) * Self.width + column.index] }
        set { values[Int(status.rawValue) * Self.width + column.index] = newValue }
    }

    mutating func add(_ status: OperationStatus, _ stats: Stats) {
        accumulate(status, stats, sign: 1)
    }

    mutating func remove(_ status: OperationStatus, _ stats: Stats) {
        accumulate(status, stats, sign: -1)
    }

    private mutating func accumulate(_ status: OperationStatus, _ stats: Stats, sign: Int64) {
        self[status, .operations] = self[status, .operations].addingCount(sign)
        for stat in Stat.allCases {
            guard let value = stats[stat], value != 0 else { continue }
            // A sum that was cut off at the largest number loses more than it holds.
            self[status, .stat(stat)] = self[status, .stat(stat)].addingCount(sign * value)
        }
    }
}
