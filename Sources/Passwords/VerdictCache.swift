/// What is known about logins that were tried, by their tags; passwords are not kept.
struct VerdictCache: Sendable {
    /// One for each user, so that wrong ones never push it out.
    private var right: [[UInt8]: KeyedHash.Tag] = [:]
    private var wrong: Set<KeyedHash.Tag> = []
    /// The tags of `wrong`, in a ring: the oldest goes for the newest.
    private var ring: [KeyedHash.Tag] = []
    private var next = 0
    private let capacity: Int

    init(wrong capacity: Int) {
        self.capacity = capacity
    }

    /// Whether the login is right; nil if it is not known.
    func verdict(on login: Login, _ tag: KeyedHash.Tag) -> Bool? {
        if right[login.user] == tag { return true }
        return wrong.contains(tag) ? false : nil
    }

    mutating func note(_ isRight: Bool, on login: Login, _ tag: KeyedHash.Tag) {
        guard !isRight else {
            right[login.user] = tag
            return
        }
        guard wrong.insert(tag).inserted else { return }
        if ring.count < capacity {
            ring.append(tag)
        } else {
            wrong.remove(ring[next])
            ring[next] = tag
        }
        next = (next + 1) % capacity
    }
}
