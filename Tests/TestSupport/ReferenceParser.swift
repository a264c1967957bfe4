import Foundation

/// The reference parser of OpenMetrics, which is Python's prometheus_client; `make test-deps` installs it.
package enum ReferenceParser {
    /// What it has read of a sample.
    package struct Sample: Decodable, Equatable, Sendable {
        package let type: String
        /// Empty where there is none.
        package let unit: String
        package let name: String
        package let labels: [String: String]
        package let value: Double

        package init(from decoder: any Decoder) throws {
            var fields = try decoder.unkeyedContainer()
            type = try fields.decode(String.self)
            unit = try fields.decode(String.self)
            name = try fields.decode(String.self)
            labels = try fields.decode([String: String].self)
            // As text, since JSON has no infinity.
            let text = try fields.decode(String.self)
            guard let value = Double(text) else {
                throw DecodingError.dataCorruptedError(in: fields, debugDescription: text)
            }
            self.value = value
        }
    }

    /// The samples of an exposition in the order they stand in. Throws what the parser says of one it refuses.
    package static func samples(_ exposition: [UInt8]) async throws -> [Sample] {
        let folder = try TemporaryFolder()
        try Data(exposition).write(to: URL(fileURLWithPath: folder.path + "/metrics"))
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let python = tests.deletingLastPathComponent().path + "/.build/python/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw NeverHappened(description: "no \(python): run make test-deps")
        }
        let (status, output, errors) = try await Program(
            path: python, [tests.path + "/read-openmetrics", folder.path + "/metrics"]
        ).wait()
        guard status == 0 else { throw NeverHappened(description: "OpenMetrics' reference parser: \(errors)") }
        return try output.split(separator: "\n").map { try JSONDecoder().decode(Sample.self, from: Data($0.utf8)) }
    }
}
