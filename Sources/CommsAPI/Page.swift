package import Operations

/// What one page of the list said, or one operation that was fetched by its id.
package struct Page: Equatable, Sendable {
    package let operations: [Operation]
    /// How often each fault was met; an operation with a tolerated fault is also in `operations`.
    package let invalid: [InvalidReason: Int]
    /// Where the list continues; nil on the last page.
    package let nextToken: PageToken?

    package init(operations: [Operation], invalid: [InvalidReason: Int] = [:], nextToken: PageToken? = nil) {
        self.operations = operations
        self.invalid = invalid
        self.nextToken = nextToken
    }
}
