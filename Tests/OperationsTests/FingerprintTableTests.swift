import Operations
import Testing

@Suite struct FingerprintTableTests {
    @Test("inserts, changes and removals agree with a dictionary")
    func model() {
        var table = FingerprintTable()
        var model: [String: Operation] = [:]
        var random = SystemRandomNumberGenerator()
        for step in 0..<50_000 {
            let id = "op\(UInt32.random(in: 0..<3000, using: &random))"
            if step % 3 == 0 {
                table.remove(id: Fingerprint.hash(ofID: id))
                model[id] = nil
            } else {
                let operation = operation(id, [.total: Int64.random(in: 0...3, using: &random)])
                table.insert(Fingerprint(operation))
                model[id] = operation
            }
        }
        #expect(table.count == model.count)
        #expect(model.values.allSatisfy { table.contains(Fingerprint($0)) })
        #expect(
            (0..<3000).filter { model["op\($0)"] == nil }.allSatisfy { index in
                (0...3).allSatisfy { !table.contains(Fingerprint(operation("op\(index)", [.total: $0]))) }
            })
    }

    @Test("what was forgotten is news again, and what was read before is of another generation")
    func removeAll() {
        var table = FingerprintTable()
        let fingerprint = Fingerprint(operation("a", [.total: 1]))
        table.insert(fingerprint)
        #expect(table.contains(fingerprint) && table.generation == 0)
        table.removeAll()
        #expect(!table.contains(fingerprint) && table.generation == 1 && table.count == 0)
    }

    @Test("an operation that is listed twice in a page is news from its first change on, also where it changes back")
    func twice() {
        var table = FingerprintTable()
        let old = Fingerprint(operation("a", [.total: 1]))
        let new = Fingerprint(operation("a", [.total: 2]))
        table.insert(old)
        var changed: Set<UInt64> = []
        #expect([old, new, old].map { table.isNews($0, changed: &changed) } == [false, true, true])
    }

    private func operation(_ id: String, _ stats: Stats) -> Operation {
        Operation(
            id: id, status: .completed, stats: stats, createdAt: Timestamp(seconds: 1), updatedAt: nil)
    }
}
