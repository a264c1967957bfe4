import Operations

/// The pages of one list: `for try await page in client.pages(of: query)`.
///
/// Ends with the page that names no next one. Throws `CommsError`; of reason `pagination` where the list would go on
/// with a token this iteration has already followed, or beyond the cap on pages.
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
            if let next, !followed.insert(next).inserted {
                throw .failed(.pagination, "\(path): page \(count) leads back to an earlier one; gave up")
            }
        }
    }
}
