package import Operations

/// Operations by the time they were created, on the API's clock; nil is open.
///
/// Whether the API includes the bounds themselves is not documented, and it sees whole seconds: let windows overlap.
package struct CreationWindow: Hashable, Sendable {
    package let start: Timestamp?
    package let end: Timestamp?

    package init(start: Timestamp? = nil, end: Timestamp? = nil) {
        self.start = start
        self.end = end
    }
}
