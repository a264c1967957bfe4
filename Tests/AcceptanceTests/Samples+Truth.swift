import TestSupport

extension Samples {
    /// What the simulator's `/-/truth` says, under the series names of an exposition.
    init(truth text: String, account: String = "default", resource: String = "messages") {
        let labels = "account=\"\(account)\",resource=\"\(resource)\""
        let named = text.split(separator: "\n").map { line in
            line.contains("{")
                ? line.replacing("{", with: "{\(labels),", maxReplacements: 1)
                : line.replacing(" ", with: "{\(labels)} ", maxReplacements: 1)
        }
        self.init(named.joined(separator: "\n"))
    }
}
