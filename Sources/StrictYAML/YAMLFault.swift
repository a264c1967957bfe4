/// One thing that is wrong with a YAML file, as one line: `config.yml:12: accounts[1].name: must be text, not a list`.
package struct YAMLFault: Equatable, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1; nil where the file could not even be read.
    package let line: Int?
    /// What it is about, like `poll.sweeps.day` or `accounts[1].name`, the first of a list being 0; nil for the file itself.
    package let key: String?
    package let message: String

    package var description: String { "\(place): \(message)" }

    /// File, line and key, as in `config.yml:12: accounts[1].name`: nothing that the file gives as a value.
    package var place: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return key.map { "\(place): \($0)" } ?? place
    }
}

/// Everything that is wrong with a YAML file, by line; never empty.
package struct YAMLFaults: Error, Equatable, Sendable {
    package let faults: [YAMLFault]
}
