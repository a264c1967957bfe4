internal import Operations

/// Two hashes of an operation as observed: one of its identity, one of everything else.
struct Fingerprint {
    /// Never 0, which the table keeps for empty slots.
    let id: UInt64
    let content: UInt64

    init(_ operation: Operation) {
        id = Self.hash(ofID: operation.id)
        var hasher = Hasher()
        hasher.combine(operation.status)
        hasher.combine(operation.stats)
        hasher.combine(operation.createdAt)
        hasher.combine(operation.updatedAt)
        content = UInt64(bitPattern: Int64(hasher.finalize()))
    }

    static func hash(ofID id: String) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(id)
        return max(1, UInt64(bitPattern: Int64(hasher.finalize())))
    }
}
