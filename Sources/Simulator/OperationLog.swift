import Operations

/// The operations that exist, oldest first. Each has a number in the order of creation, which is never given again.
struct OperationLog: Sendable {
    struct Entry: Sendable {
        let life: Life
        /// The age, in milliseconds, at which a response first showed the operation; nil if none has.
        private(set) var firstShownAge: UInt32?

        init(_ life: Life) {
            self.life = life
        }

        /// When a response first showed the operation.
        var firstShown: Timestamp? { firstShownAge.map { life.created + .milliseconds(Int64($0)) } }

        mutating func show(at moment: Timestamp) {
            guard firstShownAge == nil else { return }
            firstShownAge = UInt32(clamping: (moment - life.created).milliseconds)
        }
    }

    /// Those before `dropped` are gone, and stay only until there is enough of them to move the others.
    private var entries: [Entry] = []
    private var dropped = 0
    private var numberOfFirst = 0

    /// The numbers of the operations that exist.
    var numbers: Range<Int> { numberOfFirst + dropped..<numberOfFirst + entries.count }

    subscript(number: Int) -> Entry {
        get { entries[number - numberOfFirst] }
        set { entries[number - numberOfFirst] = newValue }
    }

    /// Adds an operation; it must not be older than those that exist.
    mutating func append(_ life: Life) {
        entries.append(Entry(life))
    }

    /// Removes the oldest operation, in constant time on average.
    mutating func removeFirst() {
        dropped += 1
        guard dropped > 1000, dropped > entries.count / 2 else { return }
        entries.removeFirst(dropped)
        numberOfFirst += dropped
        dropped = 0
    }

    /// The number of the oldest operation created at or after a moment; the number of the next one if there is none.
    func first(createdAtOrAfter moment: Timestamp) -> Int {
        var (low, high) = (numbers.lowerBound, numbers.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].life.created < moment { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
