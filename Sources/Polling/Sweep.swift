package import Operations

/// One way of listing operations. There is no "changed since" query, so what may have changed is listed again: new
/// operations and unfinished ones often, settled ones rarely.
package enum Sweep: String, CaseIterable, Sendable {
    /// Created in the last hour.
    case recent
    /// Status PROCESSING, over the whole retention.
    case active
    /// Status SCHEDULED, over the whole retention.
    case pending
    /// Created in the last 24 hours.
    case day
    /// Everything the API still lists.
    case week

    /// The list's status filter, if the sweep has one.
    package var status: OperationStatus? {
        switch self {
        case .active: .processing
        case .pending: .scheduled
        case .recent, .day, .week: nil
        }
    }
}
