internal import StrictYAML

/// Everything that is wrong with flags, environment and files, at once.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// One thing that is wrong.
    package struct Fault: Equatable, Sendable {
        /// One line: the place, what is wrong, and what to do.
        package let text: String
        /// The line for somebody who may not see the configuration: a flag, a variable, or a file with line and key.
        package let told: String

        /// `place` is all that anybody may know; it is in `text`, too.
        init(at place: String, _ text: String) {
            self.text = text
            told = "\(place): is wrong; the log says why"
        }

        /// A flag whose value looks like a secret, and not like the path that it is to be.
        init(misplacedIn flag: String) {
            self.init("\(flag) looks like an auth token or a secret, and is to be a path: ./NAME, if it is one")
        }

        /// A fault that anybody may read in full.
        fileprivate init(_ text: String) {
            self.text = text
            told = text
        }
    }

    package let all: [Fault]

    package init(_ faults: [Fault]) {
        all = faults
    }

    /// Faults that anybody may read in full: they have nothing of the configuration in them.
    package init(faults: [String]) {
        all = faults.map { Fault($0) }
    }

    /// One line each: what is wrong, and what to do.
    package var faults: [String] { all.map(\.text) }

    package var description: String { faults.joined(separator: "; ") }
}

extension ConfigurationError.Fault {
    init(_ fault: YAMLFault) {
        self.init(at: fault.place, fault.description)
    }
}
