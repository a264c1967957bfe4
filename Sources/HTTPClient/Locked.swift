import Glibc

/// A value that one thread at a time may touch.
///
/// `Synchronization.Mutex` would do, but ThreadSanitizer does not see its lock and reports races that are none.
final class Locked<Value>: @unchecked Sendable {
    // Proof of Sendable: `value` is reached through `withLock` only, which holds `mutex` meanwhile.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<R>(_ body: (inout Value) -> R) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
