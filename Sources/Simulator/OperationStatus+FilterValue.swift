import Operations

extension OperationStatus {
    /// Nil for anything but the value of a filter.
    init?(filterValue: String) {
        let known = OperationStatus.allCases.first { $0 != .unknown && $0.filterValue == filterValue }
        guard let known else { return nil }
        self = known
    }
}
