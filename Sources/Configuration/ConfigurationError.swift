/// Everything that is wrong with flags, environment and files, at once.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// One line each: what is wrong, and what to do.
    package let faults: [String]

    package init(faults: [String]) {
        self.faults = faults
    }

    package var description: String { faults.joined(separator: "; ") }
}
