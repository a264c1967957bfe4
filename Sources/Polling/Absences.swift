/// Unfinished operations that the API does not know by their id, and how many complete `week`s in a row did not list them. A
/// pure value.
struct Absences {
    private struct Absence {
        let id: String
        /// Complete weeks in a row that began after the API was asked and did not list it.
        var weeks = 0
        var isAwaited = false
    }

    /// An operation is given up after so many.
    private static let patience = 2

    /// By the hash of the id.
    private var absences: [UInt64: Absence] = [:]

    /// Notes that the API has answered 404 for an id.
    mutating func add(_ id: String, hash: UInt64) {
        if absences[hash] == nil { absences[hash] = Absence(id: id) }
    }

    /// Notes that the API has shown operations.
    mutating func remove(_ hashes: some Sequence<UInt64>) {
        guard !absences.isEmpty else { return }
        for hash in hashes { absences[hash] = nil }
    }

    mutating func weekBegins() {
        for hash in absences.keys { absences[hash]?.isAwaited = true }
    }

    /// Notes that a week is complete. Returns the ids of the operations to give up, and forgets them.
    mutating func weekEnds() -> [String] {
        var ids: [String] = []
        for (hash, absence) in absences where absence.isAwaited {
            absences[hash]?.weeks += 1
            guard absence.weeks + 1 >= Self.patience else { continue }
            ids.append(absence.id)
            absences[hash] = nil
        }
        return ids.sorted()
    }
}
