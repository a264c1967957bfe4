/// Two hashes of an operation as observed: one of its identity, one of everything else.
///
/// Keyed by the process, so that nobody can aim for two operations that look alike; worth nothing outside of it.
package struct Fingerprint: Equatable, Sendable {
    /// Never 0, which the table keeps for empty slots.
    package let id: UInt64
    package let content: UInt64

    /// Of an operation whose id, in UTF-8, is only lent.
    package init(
        id: UnsafeRawBufferPointer, status: OperationStatus, stats: Stats, createdAt: Timestamp, updatedAt: Timestamp?
    ) {
        self.id = Self.hash(ofID: id)
        var hasher = Hasher()
        hasher.combine(status)
        hasher.combine(stats)
        hasher.combine(createdAt)
        hasher.combine(updatedAt)
        content = UInt64(bitPattern: Int64(hasher.finalize()))
    }

    package init(_ operation: Operation) {
        var id = operation.id
        self = id.withUTF8 {
            Fingerprint(
                id: UnsafeRawBufferPointer($0), status: operation.status, stats: operation.stats,
                createdAt: operation.createdAt, updatedAt: operation.updatedAt)
        }
    }

    /// What `id` is for an operation of this id.
    package static func hash(ofID id: String) -> UInt64 {
        var id = id
        return id.withUTF8 { hash(ofID: UnsafeRawBufferPointer($0)) }
    }

    private static func hash(ofID id: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: id)
        return max(1, UInt64(bitPattern: Int64(hasher.finalize())))
    }
}
