/// What a check found that must never be, whatever the input.
package struct BrokenPromise: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws what is said of it where a promise is not kept.
func promise(_ isKept: Bool, _ otherwise: @autoclosure () -> String) throws(BrokenPromise) {
    guard isKept else { throw BrokenPromise(otherwise()) }
}
