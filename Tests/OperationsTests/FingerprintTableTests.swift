import Operations
import Testing

@Suite struct FingerprintTableTests {
    /// Of one place in the table, and of all places.
    @Test("inserts, changes and removals agree with a dictionary", arguments: ["comms_operation_01h9kr", ""])
    func model(_ time: String) {
        var table = FingerprintTable()
        var model: [Int: Int] = [:]
        var random = SystemRandomNumberGenerator()
        for step in 0..<60_000 {
            let id = Int.random(in: 0..<3000, using: &random)
            // At the end nearly all of them go.
            if step % 3 == 0 || step > 50_000 {
                table.remove(id: Fingerprint.hash(ofID: "\(time)\(id)"))
                model[id] = nil
            } else {
                let text = Int.random(in: 0...3, using: &random)
                table.insert(fingerprint("\(time)\(id)", "\(text)"))
                model[id] = text
            }
        }
        #expect(table.count == model.count)
        for id in 0..<3000 {
            let held = (0...3).filter { table.contains(fingerprint("\(time)\(id)", "\($0)")) }
            #expect(held == [model[id]].compactMap(\.self))
        }
    }

    @Test("what has been forgotten is not known, and what was read before is of another generation")
    func removeAll() {
        var table = FingerprintTable()
        table.insert(fingerprint("a", "1"))
        #expect(table.contains(fingerprint("a", "1")) && table.generation == 0)
        table.removeAll()
        #expect(!table.contains(fingerprint("a", "1")) && table.generation == 1 && table.count == 0)
    }

    @Test("a sighting that is not to be known takes the place of the one before")
    func unknowable() {
        var table = FingerprintTable()
        let operation = Operation(
            id: "a", status: .completed, stats: [:], createdAt: Timestamp(seconds: 1), updatedAt: nil)
        table.note(Sighting(operation, fingerprint: fingerprint("a", "1")))
        #expect(table.contains(fingerprint("a", "1")))
        table.note(Sighting(operation))
        #expect(table.count == 0)
    }

    @Test("is of the id and of all of the text")
    func fingerprints() {
        let one = fingerprint("a", "text")
        #expect(one == fingerprint("a", "text"))
        #expect(one.id == Fingerprint.hash(ofID: "a"))
        #expect(one.id != fingerprint("b", "text").id && one.text == fingerprint("b", "text").text)
        #expect(one.id == fingerprint("a", "Text").id && one.text != fingerprint("a", "Text").text)
    }

    private func fingerprint(_ id: String, _ text: String) -> Fingerprint {
        Array(id.utf8).withUnsafeBytes { id in
            Array(text.utf8).withUnsafeBytes { Fingerprint(id: id, text: $0) }
        }
    }
}
