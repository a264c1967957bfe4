import Operations

extension History {
    /// A history that still fails, with fewer steps, and with no operation or stat that could be taken out of it alone.
    func shrunk(while fails: (History) throws -> Bool) rethrows -> History {
        var smallest = self
        var piece = max(1, steps.count / 2)
        while piece >= 1 {
            var start = 0
            while start < smallest.steps.count {
                var smaller = smallest
                smaller.steps.removeSubrange(start..<min(start + piece, smaller.steps.count))
                if try fails(smaller) { smallest = smaller } else { start += piece }
            }
            piece /= 2
        }
        for index in smallest.steps.indices {
            while let smaller = try smallest.withLess(inStep: index).first(where: fails) { smallest = smaller }
        }
        return smallest
    }

    /// The histories with one operation of a page less, or one of its stats.
    private func withLess(inStep index: Int) -> [History] {
        guard case .record(let page) = steps[index] else { return [] }
        return page.indices.flatMap { position -> [History] in
            let operation = page[position]
            let without = Stat.allCases.filter { operation.stats[$0] != nil }.map { stat in
                var stats = operation.stats
                stats[stat] = nil
                return Operation(
                    id: operation.id, status: operation.status, stats: stats, createdAt: operation.createdAt,
                    updatedAt: operation.updatedAt)
            }
            return [replacing(index, page, position, with: nil)]
                + without.map { replacing(index, page, position, with: $0) }
        }
    }

    private func replacing(
        _ index: Int, _ page: [Operation], _ position: Int, with operation: Operation?
    ) -> History {
        var (history, page) = (self, page)
        page.replaceSubrange(position...position, with: operation.map { [$0] } ?? [])
        history.steps[index] = .record(page)
        return history
    }
}
