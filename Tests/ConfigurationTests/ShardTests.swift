import Testing

@testable import Configuration

@Suite struct ShardTests {
    /// Ledgers lie where their shard is: another hash would move them.
    @Test("the hash of a name is FNV-1a of 64 bits, folded into 32, for ever")
    func hash() {
        #expect(Shard.hash("") == 0x4fd0bfc1)
        #expect(Shard.hash("default") == 0x6d8d60e8)
        #expect(Shard.hash("marketing") == 0x6adec904)
    }

    @Test("shards of any count have each name exactly once, and none has much more than its part")
    func partition() throws {
        let names = (0..<3000).map { "team-\($0)" } + ["default", "a", "b", "ä", ""]
        for count in [1, 2, 3, 4, 5, 7, 8, 16, 50, 100] {
            let shards = try (0..<count).map { try #require(Shard("\($0)/\(count)")) }
            for name in names { #expect(shards.count { $0.contains(name) } == 1, "\(name) of \(count)") }
            let largest = shards.map { shard in names.count(where: shard.contains) }.max() ?? 0
            #expect(Double(largest) < 1.25 * Double(names.count) / Double(count) + 20, "\(count)")
        }
    }

    @Test(
        "a shard is written I/N, from 0/N to N-1/N, and nothing else",
        arguments: [
            "", "0", "1/1", "3/3", "-1/3", "0/0", "1/", "/2", "1/2/3", "a/b", " 0/3", "0/ 3", "+0/3", "0/1001", "0,3",
            "0/99999999999999999999",
        ])
    func refused(text: String) {
        #expect(Shard(text) == nil)
    }

    @Test("what is read is what is shown")
    func shown() {
        for text in ["0/1", "0/3", "2/3", "999/1000"] { #expect(Shard(text)?.description == text) }
        #expect(Shard("0/1") == .whole)
    }
}
