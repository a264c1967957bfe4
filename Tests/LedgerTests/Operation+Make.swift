import Operations

extension Operation {
    static func make(
        _ id: String, status: OperationStatus = .completed, created: Timestamp = LedgerTests.birth,
        updated: Timestamp? = nil, _ stats: Stats = [:]
    ) -> Operation {
        Operation(id: id, status: status, stats: stats, createdAt: created, updatedAt: updated)
    }
}
