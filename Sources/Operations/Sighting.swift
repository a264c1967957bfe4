/// One look at an operation in the list.
package struct Sighting: Equatable, Sendable {
    package let operation: Operation
    /// What another look is known by that says the same; nil for one that is not to be taken for known: what is wrong with it
    /// is counted each time.
    package let fingerprint: Fingerprint?

    package init(_ operation: Operation, fingerprint: Fingerprint? = nil) {
        self.operation = operation
        self.fingerprint = fingerprint
    }
}
