import Operations
import Testing

@testable import Ledger

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
                let operation = Operation.make(id, [.total: Int64.random(in: 0...3, using: &random)])
                table.insert(Fingerprint(operation))
                model[id] = operation
            }
        }
        #expect(table.count == model.count)
        #expect(model.values.allSatisfy { table.contains(Fingerprint($0)) })
        #expect(
            (0..<3000).filter { model["op\($0)"] == nil }.allSatisfy { index in
                (0...3).allSatisfy { !table.contains(Fingerprint(.make("op\(index)", [.total: $0]))) }
            })
    }
}
