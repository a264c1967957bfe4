import Operations

/// The pages of one list: `for try await page in client.pages(of: query)`.
///
/// Ends with the page that names no next one. Throws `CommsError`; of reason `pagination` where the list would go on
/// with a token this iteration has already followed, after pages that came before under other tokens, after a thousand empty
/// ones, or beyond the cap on pages.
package struct Pages: AsyncSequence, Sendable {
    package typealias Element = Page
    package typealias Failure = CommsError

    let client: CommsClient
    let query: ListQuery

    package func makeAsyncIterator() -> Iterator {
        Iterator(client: client, query: query)
    }

    /// Belongs to one task. After an error it has ended.
    package struct Iterator: AsyncIteratorProtocol, Sendable {
        /// The cap on pages would end a list that goes in circles too, after half an hour in which no other is read. A filter
        /// that is applied page by page may leave many of them empty.
        private static let mostEmpty = 1000
        /// A page that is as long as what was created since the one before comes twice, where tokens are positions.
        private static let mostRepeated = 1

        private let client: CommsClient
        private let query: ListQuery
        private var next: PageToken?
        private var followed: Set<PageToken> = []
        /// What identifies the pages read, but for the empty ones.
        private var contents: Set<Int> = []
        private var repeated = 0
        /// How many of the last pages were empty.
        private var empty = 0
        private var count = 0
        private var isAtEnd = false

        init(client: CommsClient, query: ListQuery) {
            self.client = client
            self.query = query
        }

        package mutating func next() async throws(CommsError) -> Page? {
            guard !isAtEnd else { return nil }
            isAtEnd = true
            try checkProgress()
            let page = try await client.page(of: query, after: next)
            count += 1
            note(page)
            next = page.nextToken
            isAtEnd = next == nil
            return page
        }

        private mutating func note(_ page: Page) {
            guard !page.operations.isEmpty else {
                empty += 1
                return
            }
            empty = 0
            if !contents.insert(page.identity).inserted { repeated += 1 }
        }

        /// What has been read stays good; only reading on is refused.
        private mutating func checkProgress() throws(CommsError) {
            let path = query.resource.path
            guard count < client.maximumPages else {
                throw .failed(.pagination, "\(path): the list goes on after \(count) pages; gave up")
            }
            guard empty <= Self.mostEmpty else {
                throw .failed(.pagination, "\(path): the list goes on after \(empty) empty pages; gave up")
            }
            guard repeated <= Self.mostRepeated else {
                throw .failed(.pagination, "\(path): page \(count) is an earlier one again; gave up")
            }
            if let next, !followed.insert(next).inserted {
                throw .failed(.pagination, "\(path): page \(count) leads back to an earlier one; gave up")
            }
        }
    }
}

extension Page {
    /// The same for pages of the same operations in the same order, whatever has become of these.
    fileprivate var identity: Int {
        var hasher = Hasher()
        for operation in operations { hasher.combine(operation.id) }
        return hasher.finalize()
    }
}
