/// The pages of one list: `for try await page in client.pages(of: query)`.
///
/// Ends with the page that names no next one. Throws `CommsError`, of reason `pagination` where a token comes back that
/// this iteration has already followed, or where the cap on pages is met.
package struct Pages: AsyncSequence, Sendable {
    package typealias Element = Page
    package typealias Failure = CommsError

    let client: CommsClient
    let query: ListQuery

    package func makeAsyncIterator() -> Iterator {
        Iterator(client: client, query: query)
    }

    package struct Iterator: AsyncIteratorProtocol, Sendable {
        let client: CommsClient
        let query: ListQuery

        package mutating func next() async throws(CommsError) -> Page? {
            try await client.page(of: query, after: nil)
        }
    }
}
