/// How each operation that a ledger holds was last told of: the hash of its id to the hash of its text.
///
/// What a page repeats to the letter costs one look-up here, and is neither parsed nor looked up in the ledger. The table is
/// only a memory of the ledger's rows: empty after a start, it fills as pages arrive. A false match needs two texts equal in
/// both hashes.
///
/// Open addressing with linear probing in 256 parts that grow on their own by a quarter: about 20 bytes an operation. While a
/// part grows it is held twice, which is little of the table, or a quarter of it where all was created within minutes.
package struct FingerprintTable: Sendable {
    private struct Slot {
        var id: UInt64
        var text: UInt64
    }

    private var parts = FingerprintTable.emptyParts
    /// How often everything has been forgotten: what was read of the table before is nothing to go by after.
    package private(set) var generation = 0

    package init() {}

    package var count: Int { parts.reduce(0) { $0 + $1.count } }

    package func contains(_ fingerprint: Fingerprint) -> Bool {
        parts[Self.part(of: fingerprint.id)].contains(fingerprint)
    }

    /// Remembers how an operation was told of last, or that it is not to be known by that.
    package mutating func note(_ sighting: Sighting) {
        if let fingerprint = sighting.fingerprint { return insert(fingerprint) }
        remove(id: Fingerprint.hash(ofID: sighting.operation.id))
    }

    /// Remembers a fingerprint in place of the one its id had.
    package mutating func insert(_ fingerprint: Fingerprint) {
        parts[Self.part(of: fingerprint.id)].insert(fingerprint)
    }

    package mutating func remove(id: UInt64) {
        parts[Self.part(of: id)].remove(id)
    }

    package mutating func removeAll() {
        parts = Self.emptyParts
        generation += 1
    }

    private static var emptyParts: [Part] { Array(repeating: Part(), count: 256) }

    /// A page is mostly of four parts or eight, which the processor then has at hand.
    private static func part(of id: UInt64) -> Int { Int(truncatingIfNeeded: id & 0xFF) }
}

extension FingerprintTable {
    /// The fingerprints whose ids end in the same bits.
    private struct Part: Sendable {
        /// `id == 0` marks an empty slot, of which there is always one.
        private var slots = [Slot](repeating: Slot(id: 0, text: 0), count: 8)
        private(set) var count = 0

        func contains(_ fingerprint: Fingerprint) -> Bool {
            let slot = slots[index(of: fingerprint.id)]
            return slot.id == fingerprint.id && slot.text == fingerprint.text
        }

        mutating func insert(_ fingerprint: Fingerprint) {
            if count * 8 >= slots.count * 7 { resize(to: slots.count + max(8, slots.count / 4)) }
            let index = index(of: fingerprint.id)
            if slots[index].id == 0 { count += 1 }
            slots[index] = Slot(id: fingerprint.id, text: fingerprint.text)
        }

        mutating func remove(_ id: UInt64) {
            var hole = index(of: id)
            guard slots[hole].id == id else { return }
            count -= 1
            // Moves back what a hole would cut off from its home slot, so that no tombstones pile up.
            var next = following(hole)
            while slots[next].id != 0 {
                if distance(to: next, from: home(of: slots[next].id)) >= distance(to: next, from: hole) {
                    slots[hole] = slots[next]
                    hole = next
                }
                next = following(next)
            }
            slots[hole] = Slot(id: 0, text: 0)
            // What was sent in one busy hour is not kept room for.
            if count * 4 < slots.count && slots.count > 32 { resize(to: slots.count / 2) }
        }

        /// The slot that holds an id, or the empty one where it would go.
        private func index(of id: UInt64) -> Int {
            var index = home(of: id)
            while slots[index].id != 0 && slots[index].id != id { index = following(index) }
            return index
        }

        /// The share of the slots that the id is of all numbers: any number of slots will do.
        private func home(of id: UInt64) -> Int {
            Int(truncatingIfNeeded: id.multipliedFullWidth(by: UInt64(slots.count)).high)
        }

        private func following(_ index: Int) -> Int { index + 1 == slots.count ? 0 : index + 1 }

        private func distance(to end: Int, from start: Int) -> Int {
            end >= start ? end - start : end - start + slots.count
        }

        private mutating func resize(to size: Int) {
            let old = slots
            slots = [Slot](repeating: Slot(id: 0, text: 0), count: size)
            for slot in old where slot.id != 0 { slots[index(of: slot.id)] = slot }
        }
    }
}
