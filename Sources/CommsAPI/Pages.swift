import Operations

/// The pages of one list: `for try await page in client.pages(of: query)`.
///
/// Ends with the page that names no next one. Throws `CommsError`; of reason `pagination` where the list would go on
/// with a token this iteration has already followed, after a page that came before under another token, or beyond the cap
/// on pages.
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
        private let client: CommsClient
        private let query: ListQuery
        private var next: PageToken?
        private var followed: Set<PageToken> = []
        /// What identifies the pages read, but for the empty ones: a filter may leave any number of those.
        private var contents: Set<Int> = []
        private var isRepeating = false
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
            isRepeating = !page.operations.isEmpty && !contents.insert(page.identity).inserted
            next = page.nextToken
            isAtEnd = next == nil
            return page
        }

        /// What has been read stays good; only reading on is refused.
        private mutating func checkProgress() throws(CommsError) {
            let path = query.resource.path
            guard count < client.maximumPages else {
                throw .failed(.pagination, "\(path): the list goes on after \(count) pages; gave up")
            }
            // The cap would end it too, after half an hour in which no other list is read.
            guard !isRepeating else {
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
