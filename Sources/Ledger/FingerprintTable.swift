/// What each held operation last looked like, as hashes: 64 bits of its id to 64 bits of its content.
///
/// A page that repeats what the ledger already holds costs one look-up per operation here and no SQL. The table is only
/// a memory of the rows: empty after a start, it fills as pages arrive. A false match needs two operations equal in
/// both hashes (keyed by the process, so that nobody can aim for it).
///
/// Open addressing with linear probing in 16 bytes a slot, at most three quarters full.
struct FingerprintTable {
    private struct Slot {
        var id: UInt64
        var content: UInt64
    }

    /// `id == 0` marks an empty slot.
    private var slots: [Slot]
    private(set) var count = 0

    init() {
        slots = [Slot](repeating: Slot(id: 0, content: 0), count: 1024)
    }

    func contains(_ fingerprint: Fingerprint) -> Bool {
        let slot = slots[index(of: fingerprint.id)]
        return slot.id == fingerprint.id && slot.content == fingerprint.content
    }

    /// Remembers a fingerprint in place of the one its id had.
    mutating func insert(_ fingerprint: Fingerprint) {
        if count * 4 >= slots.count * 3 { grow() }
        let index = index(of: fingerprint.id)
        if slots[index].id == 0 { count += 1 }
        slots[index] = Slot(id: fingerprint.id, content: fingerprint.content)
    }

    mutating func remove(id: UInt64) {
        var hole = index(of: id)
        guard slots[hole].id == id else { return }
        count -= 1
        // Moves back what a hole would cut off from its home slot, so that no tombstones pile up.
        var next = (hole + 1) & mask
        while slots[next].id != 0 {
            let home = Int(truncatingIfNeeded: slots[next].id) & mask
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = Slot(id: 0, content: 0)
    }

    private var mask: Int { slots.count - 1 }

    /// The slot that holds an id, or the empty one where it would go.
    private func index(of id: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: id) & mask
        while slots[index].id != 0 && slots[index].id != id { index = (index + 1) & mask }
        return index
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(id: 0, content: 0), count: old.count * 2)
        for slot in old where slot.id != 0 { slots[index(of: slot.id)] = slot }
    }
}
