internal import Glibc

/// A value that one thread at a time may touch.
///
/// A pthread mutex and not `Synchronization.Mutex`: ThreadSanitizer does not see into the latter (its code lives in an
/// uninstrumented library) and reports races that are none.
package final class Locked<Value: Sendable>: @unchecked Sendable {
    // Proof for @unchecked: `value` is private and touched only by `withLock`, between lock and unlock of `mutex`;
    // `mutex` never moves, because it is allocated once, and is destroyed when nobody else holds a reference.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        precondition(pthread_mutex_init(mutex, nil) == 0, "a default mutex needs no resources on Linux")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value; not reentrant.
    package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
