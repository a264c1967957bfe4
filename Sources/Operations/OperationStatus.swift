/// A state of an operation's life (`CommunicationOperationStatus` of the API), or one it may name in future. The ledger
/// stores the numbers, and its checksums run over them: another case or number is another version of its schema.
package enum OperationStatus: UInt8, CaseIterable, Sendable {
    case scheduled, processing, completed, canceled
    /// Any value the API's documentation does not list today: counted, never dropped.
    case unknown

    /// The value of the label `status`.
    package var label: String {
        switch self {
        case .scheduled: "scheduled"
        case .processing: "processing"
        case .completed: "completed"
        case .canceled: "canceled"
        case .unknown: "unknown"
        }
    }

    /// The value of the list's `status` filter.
    package var filterValue: String { label.uppercased() }

    /// Whether the operation may still send messages.
    package var isUnfinished: Bool { self == .scheduled || self == .processing }
}
