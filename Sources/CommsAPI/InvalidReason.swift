/// A fault of one listed operation; the raw value is the value of the label `reason`.
package enum InvalidReason: String, CaseIterable, Sendable {
    /// The element is not an object: skipped.
    case notAnObject = "not_an_object"
    /// `id` is missing, not text, or not 1 to 128 bytes of `[A-Za-z0-9_-]`: skipped.
    case id
    /// `createdAt` is missing or unreadable: skipped.
    case createdAt = "created_at"
    /// `updatedAt` is missing or unreadable: kept, as nil.
    case updatedAt = "updated_at"
    /// `status` is missing or none the documentation lists: kept, as unknown.
    case status
    /// `stats` is missing or not an object, or a member is not a count: kept, that much not reported.
    case stats

    /// True if an operation with this fault is left out.
    var skipsOperation: Bool {
        switch self {
        case .notAnObject, .id, .createdAt: true
        case .updatedAt, .status, .stats: false
        }
    }
}
