package import Operations

/// The pages of one list: `for try await page in pages`.
///
/// Ends with the page that names no next one. Throws `CommsError`; of reason `pagination` where the list would go on
/// with a token this iteration has already followed, after pages that came before under other tokens, after a thousand empty
/// ones, or beyond the cap on pages.
package struct Pages: AsyncSequence, Sendable {
    package typealias Element = Page
    package typealias Failure = CommsError
    /// Asks for the page that a token leads to; nil for the first.
    package typealias Request = @Sendable (PageToken?) async throws(CommsError) -> Page

    private let path: String
    private let maximum: Int
    private let request: Request

    /// `maximum` is the cap on pages.
    package init(of resource: Resource, atMost maximum: Int, request: @escaping Request) {
        path = resource.path
        self.maximum = maximum
        self.request = request
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(path: path, maximum: maximum, request: request)
    }

    /// Belongs to one task. After an error it has ended.
    package struct Iterator: AsyncIteratorProtocol, Sendable {
        /// The cap on pages would end a list that goes in circles too, after half an hour in which no other is read. A filter
        /// that is applied page by page may leave many of them empty.
        private static let mostEmpty = 1000
        /// A page that is as long as what was created since the one before comes twice, where tokens are positions.
        private static let mostRepeated = 1

        private let path: String
        private let maximum: Int
        private let request: Request
        private var next: PageToken?
        private var followed: Set<PageToken> = []
        /// What tells the pages read by the operations in them, whatever has become of these; but for the empty ones.
        private var contents: Set<Int> = []
        private var repeated = 0
        /// How many of the last pages were empty.
        private var empty = 0
        private var count = 0
        private var isAtEnd = false

        init(path: String, maximum: Int, request: @escaping Request) {
            self.path = path
            self.maximum = maximum
            self.request = request
        }

        package mutating func next() async throws(CommsError) -> Page? {
            guard !isAtEnd else { return nil }
            isAtEnd = true
            try checkProgress()
            let page = try await request(next)
            count += 1
            note(page)
            // A list may end with the token that led to its last page.
            next = page.nextToken == next ? nil : page.nextToken
            isAtEnd = next == nil
            return page
        }

        private mutating func note(_ page: Page) {
            guard !page.ids.isEmpty else {
                empty += 1
                return
            }
            empty = 0
            if !contents.insert(page.ids.hashValue).inserted { repeated += 1 }
        }

        /// What has been read stays good; only reading on is refused.
        private mutating func checkProgress() throws(CommsError) {
            guard count < maximum else {
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
