/// Turns logins into numbers that tell nothing of them to who does not know the key, which is made by chance for each value
/// of this type and never leaves it.
struct KeyedHash: Sendable {
    /// 128 bits: that another login has the same number is out of reach.
    struct Tag: Hashable, Sendable {
        let high: Int
        let low: Int
    }

    private let keys = (SIMD4<UInt64>.random(in: 0 ... .max), SIMD4<UInt64>.random(in: 0 ... .max))

    func tag(of login: Login) -> Tag {
        Tag(high: hash(keys.0, login), low: hash(keys.1, login))
    }

    private func hash(_ key: SIMD4<UInt64>, _ login: Login) -> Int {
        var hasher = Hasher()
        hasher.combine(key)
        hasher.combine(login)
        return hasher.finalize()
    }
}
