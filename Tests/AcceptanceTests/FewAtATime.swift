import Locking
import Testing

extension Trait where Self == FewAtATime {
    /// For suites whose tests start programs.
    static var fewAtATime: FewAtATime { FewAtATime() }
}

/// Lets only a few tests of all suites that have it run at a time: programs are under test here, and what they do with
/// their time limits should not depend on how many of them share the machine.
struct FewAtATime: SuiteTrait, TestTrait, TestScoping {
    private static let places = Places(6)

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        await Self.places.take()
        defer { Self.places.give() }
        try await function()
    }
}

/// A number of places, which are waited for in the order of asking.
private final class Places: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Locked<State>

    init(_ count: Int) {
        state = Locked(State(free: count))
    }

    /// Returns when there is a place, which is then the caller's.
    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Gives a place back.
    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
