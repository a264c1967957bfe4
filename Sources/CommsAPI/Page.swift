package import Operations

/// What one page of the list said, or one operation that was fetched by its id.
package struct Page: Equatable, Sendable {
    /// All but those that were known to look as they do.
    package let sightings: [Sighting]
    /// The hashes of the ids of all operations listed, in their order, those known as well: see `Fingerprint`.
    package let ids: [UInt64]
    /// That of the table of what was known; nil where nothing was.
    package let generation: Int?
    /// How often each fault was met; an operation with a tolerated fault is also in `sightings`.
    package let invalid: [InvalidReason: Int]
    /// Where the list continues; nil on the last page.
    package let nextToken: PageToken?
    /// True if it has as many operations as were asked for.
    package internal(set) var isFull = false
    /// False for the page that status 204 stands for, which need not be the API's.
    package internal(set) var hasContent = true

    /// The number of operations in the page, those that cannot be read as well.
    package var count: Int {
        ids.count + InvalidReason.allCases.reduce(0) { $0 + ($1.skipsOperation ? invalid[$1] ?? 0 : 0) }
    }

    package var operations: [Operation] { sightings.map(\.operation) }

    /// Nothing of it was known.
    package init(operations: [Operation], invalid: [InvalidReason: Int] = [:], nextToken: PageToken? = nil) {
        self.init(
            sightings: operations.map { Sighting($0) }, ids: operations.map { Fingerprint.hash(ofID: $0.id) },
            generation: nil, invalid: invalid, nextToken: nextToken)
    }

    init(
        sightings: [Sighting], ids: [UInt64], generation: Int?, invalid: [InvalidReason: Int], nextToken: PageToken?
    ) {
        self.sightings = sightings
        self.ids = ids
        self.generation = generation
        self.invalid = invalid
        self.nextToken = nextToken
    }
}
