import Dispatch
import Locking
import TestSupport
import Testing

@testable import Passwords

struct PasswordCheckTests {
    private func check() throws -> PasswordCheck<Int> {
        PasswordCheck(users: ["alice": try PasswordHash("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
        )
    }

    private func login(_ user: String, _ password: String) -> Login {
        Login(user: Array(user.utf8), password: Array(password.utf8))
    }

    private func isRight(_ login: Login, _ check: PasswordCheck<Int>, client: Int = 0) async -> Bool? {
        await withCheckedContinuation { continuation in
            let isTaken = check.check(login, for: client) { continuation.resume(returning: $0) }
            if !isTaken { continuation.resume(returning: nil) }
        }
    }

    @Test(arguments: [
        ("alice", "U*U", true), ("alice", "U*U*", false), ("alice", "", false), ("bob", "U*U", false),
        ("", "U*U", false),
        ("Alice", "U*U", false),
    ])
    func `a login is tried once, and known afterwards`(user: String, password: String, expected: Bool) async throws {
        let check = try check()
        let login = login(user, password)
        #expect(check.verdict(on: login) == .unknown)
        #expect(await isRight(login, check) == expected)
        #expect(check.verdict(on: login) == (expected ? .right : .wrong))
        #expect(check.verdict(on: self.login(user, password + "x")) == .unknown)
    }

    @Test func `a flood of wrong passwords is held to its share, and pushes out nobody who is known`() async throws {
        let check = try check()
        #expect(await isRight(login("alice", "U*U"), check) == true)
        let taken = (0..<1000).count { number in check.check(login("alice", "wrong \(number)"), for: 1) { _ in } }
        // One may have been taken up meanwhile, or a few.
        #expect(taken >= 8 && taken < 100)
        #expect(check.verdict(on: login("alice", "U*U")) == .right)
    }

    @Test func `a login of another client does not wait for all of a flood`() async throws {
        let check = try check()
        let tried = Locked(0)
        let go = DispatchSemaphore(value: 0)
        // The first is in hand until all wait.
        #expect(
            check.check(login("alice", "first"), for: 1) { _ in
                go.wait()
                tried.withLock { $0 += 1 }
            })
        for number in 1..<8 {
            _ = check.check(login("alice", "wrong \(number)"), for: 1) { _ in tried.withLock { $0 += 1 } }
        }
        let before = await withCheckedContinuation { continuation in
            let isTaken = check.check(login("alice", "U*U"), for: 2) { isRight in
                continuation.resume(returning: isRight ? tried.withLock { $0 } : nil)
            }
            if !isTaken { continuation.resume(returning: nil) }
            go.signal()
        }
        // The one in hand, and one turn of the flood where that was taken up early.
        #expect(before == 1 || before == 2)
    }

    @Test func `of all clients, so many may wait`() throws {
        let check = try check()
        let taken = (0..<1000).count { client in check.check(login("alice", "wrong \(client)"), for: client) { _ in } }
        #expect(taken >= 64 && taken < 200)
    }

    @Test func `right logins are kept by user, wrong ones in a ring`() {
        var cache = VerdictCache(wrong: 2)
        let hash = KeyedHash()
        let right = login("alice", "right")
        cache.note(true, on: right, hash.tag(of: right))
        let wrong = (0..<3).map { login("alice", "\($0)") }
        for login in wrong + wrong { cache.note(false, on: login, hash.tag(of: login)) }
        #expect(cache.verdict(on: right, hash.tag(of: right)) == true)
        #expect(wrong.map { cache.verdict(on: $0, hash.tag(of: $0)) } == [nil, false, false])
    }

    @Test func `a tag is another for each key, user and password`() {
        let hash = KeyedHash()
        let tags = [("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", ""), ("a", "bd")].map { hash.tag(of: login($0, $1)) }
        #expect(Set(tags).count == 5)
        #expect(hash.tag(of: login("a", "bc")) == tags[0])
        #expect(KeyedHash().tag(of: login("a", "bc")) != tags[0])
    }

    @Test func `clients take turns`() {
        var queue = FairQueue<Int, String>()
        for (client, job) in [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (3, "c1"), (2, "b2")] {
            queue.append(job, of: client)
        }
        #expect(queue.count == 6)
        #expect(queue.count(of: 1) == 3)
        var order: [String] = []
        while let job = queue.removeFirst() { order.append(job) }
        #expect(order == ["a1", "b1", "c1", "a2", "b2", "a3"])
        #expect(queue.count == 0)
        #expect(queue.count(of: 1) == 0)
    }
}
