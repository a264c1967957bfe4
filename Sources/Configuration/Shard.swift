/// A part of all accounts, where several exporters share them: which accounts are in it depends on their names alone, so
/// that together the shards of one count have each account exactly once.
package struct Shard: Equatable, Sendable, CustomStringConvertible {
    /// From 0, as the ordinals of a StatefulSet are.
    package let index: Int
    package let count: Int

    /// All there is.
    package static let whole = Shard(index: 0, count: 1)

    private init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }

    /// Reads `I/N`, the shard I of N, from `0/N` to `N-1/N`; nil for anything else. There are at most 1000.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let index = Int(parts[0]), let count = Int(parts[1]), (1...1000).contains(count), index < count
        else { return nil }
        self.init(index: index, count: count)
    }

    /// Whether an account of that name is in this shard. Never changes between versions: its ledger is where its shard is.
    package func contains(_ name: String) -> Bool {
        Self.hash(name) % UInt64(count) == UInt64(index)
    }

    package var description: String { "\(index)/\(count)" }

    /// FNV-1a of 64 bits over the UTF-8 of the name, its halves folded into one, since its low bits alone are weak:
    /// http://www.isthe.com/chongo/tech/comp/fnv/#xor-fold
    static func hash(_ name: String) -> UInt64 {
        let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        return (hash >> 32) ^ (hash & 0xffff_ffff)
    }
}
