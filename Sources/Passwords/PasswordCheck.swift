import Dispatch
internal import Glibc
internal import Locking

/// Tells whether logins are right, at the price of one bcrypt for each that is new; safe to use from any thread.
///
/// One thread tries them, for all clients in turn, and rests after a wrong one for as long as it took: however many wrong
/// passwords come, they take half a processor at most, and keep nobody waiting whose login is known. Unknown users cost
/// what most known ones do, so that time does not tell them apart.
package final class PasswordCheck<Client: Hashable & Sendable>: Sendable {
    /// What `verdict` knows.
    package enum Verdict: Sendable, Equatable {
        case right, wrong
        /// It has to be tried.
        case unknown
    }

    /// How many may wait to be tried: of all, and of one client.
    package static var waiting: Int { 64 }
    package static var waitingOfClient: Int { 8 }

    private struct Job: Sendable {
        let login: Login
        let tag: KeyedHash.Tag
        let done: @Sendable (Bool) -> Void
    }

    private struct State: Sendable {
        var cache = VerdictCache(wrong: 1024)
        var queue = FairQueue<Client, Job>()
        var isRunning = false
    }

    private let users: [[UInt8]: PasswordHash]
    private let decoy: PasswordHash
    private let keyedHash = KeyedHash()
    private let state = Locked(State())
    private let thread = DispatchQueue(label: "passwords", qos: .utility)

    package init(users: [String: PasswordHash]) {
        self.users = Dictionary(uniqueKeysWithValues: users.map { (Array($0.utf8), $1) })
        let costs = Dictionary(grouping: users.values, by: \.cost).mapValues(\.count)
        decoy = .decoy(cost: costs.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 10)
    }

    /// What is known about a login; does not block.
    package func verdict(on login: Login) -> Verdict {
        let tag = keyedHash.tag(of: login)
        return switch state.withLock({ $0.cache.verdict(on: login, tag) }) {
        case true?: .right
        case false?: .wrong
        case nil: .unknown
        }
    }

    /// Has a login tried, and `done` called with whether it is right. False where too many wait already, all of them or of
    /// this client; then `done` is not called.
    package func check(_ login: Login, for client: Client, done: @escaping @Sendable (Bool) -> Void) -> Bool {
        let job = Job(login: login, tag: keyedHash.tag(of: login), done: done)
        let (isTaken, starts) = state.withLock { state in
            guard state.queue.count < Self.waiting, state.queue.count(of: client) < Self.waitingOfClient else {
                return (false, false)
            }
            state.queue.append(job, of: client)
            defer { state.isRunning = true }
            return (true, !state.isRunning)
        }
        if starts { thread.async { self.work() } }
        return isTaken
    }

    /// Tries what waits until nothing does.
    private func work() {
        while let job = next() {
            let start = ContinuousClock.now
            let isRight = verdict(of: job)
            state.withLock { $0.cache.note(isRight, on: job.login, job.tag) }
            job.done(isRight)
            if !isRight { rest(.now - start) }
        }
    }

    private func next() -> Job? {
        state.withLock { state in
            let job = state.queue.removeFirst()
            state.isRunning = job != nil
            return job
        }
    }

    /// Tries a login, unless the same one was tried while it waited.
    private func verdict(of job: Job) -> Bool {
        if let known = state.withLock({ $0.cache.verdict(on: job.login, job.tag) }) { return known }
        let hash = users[job.login.user]
        let matches = (hash ?? decoy).matches(job.login.password)
        return matches && hash != nil
    }

    private func rest(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        nanosleep(&time, nil)
    }
}
