import TestSupport
import Testing

@Suite struct `A microbenchmark` {
    private func run(_ arguments: [String]) async throws -> (status: Int32, output: String, errors: String) {
        try await Program("microbenchmarks", arguments).wait()
    }

    /// The first line of what it says after two rounds; the second has how much it allocated.
    private func result(of workload: String) async throws -> String {
        let folder = try TemporaryFolder()
        let end = try await run([workload, folder.path, "2"])
        #expect(end.status == 0)
        #expect(end.errors == "")
        let lines = end.output.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count == 3)
        #expect(lines[1].wholeMatch(of: /2 rounds, \d+ allocations, \d+ bytes/) != nil)
        return String(lines[0])
    }

    @Test(arguments: [
        ("decode", "1000 operations"),
        ("first", "1000 operations"),
        ("first-on-disk", "1000 operations"),
        ("settled", "1000 operations"),
        ("again", "1000 operations"),
        ("changed", "10 messages delivered"),
        ("retire", "980 operations"),
        ("open", "10000 operations"),
        ("verify", "10000 operations"),
        ("scrape", "200 is the status"),
        ("scrape-gzip", "200 is the status"),
        ("scrape-anew", "200 is the status"),
    ])
    func `does what its name says`(_ workload: String, _ expected: String) async throws {
        #expect(try await result(of: workload) == "\(workload): \(expected)")
    }

    @Test(arguments: [
        ("families", 30, "families"), ("text", 10_000, "bytes"), ("openmetrics", 10_000, "bytes"),
        ("protobuf", 10_000, "bytes"), ("gzip", 2000, "bytes"),
    ])
    func `has the whole exposition`(_ workload: String, _ atLeast: Int, _ unit: String) async throws {
        let result = try await result(of: workload)
        let words = result.split(separator: " ")
        try #require(words.count == 3)
        #expect(words[0] == "\(workload):")
        #expect(try #require(Int(words[1])) >= atLeast)
        #expect(words[2] == unit)
    }

    @Test func `that is unknown is not begun`() async throws {
        let end = try await run(["decode1", "/nonexistent"])
        #expect(end.status == 2)
        #expect(end.errors == "usage: microbenchmarks list | NAME FOLDER [ROUNDS]\n")
        #expect(end.output == "")
    }

    @Test func `that cannot do its work says why`() async throws {
        let end = try await run(["first-on-disk", "/dev/null/folder"])
        #expect(end.status == 1)
        #expect(end.errors.hasPrefix("first-on-disk: "))
        #expect(end.output == "")
    }
}
