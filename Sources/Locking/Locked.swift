public import Glibc

/// A value that one thread at a time may touch.
///
/// A pthread mutex and not `Synchronization.Mutex`: ThreadSanitizer does not see into the latter (its code lives in an
/// uninstrumented library) and reports races that are none.
///
/// Public, unlike the rest of this package, since only what is public is specialized where it is used: a lock costs less.
public final class Locked<Value: Sendable>: @unchecked Sendable {
    // Proof for @unchecked: `value` is touched only by `withLock`, between lock and unlock of `mutex`; neither moves, because
    // each is allocated once, and is freed when nobody else holds a reference. A property would be checked for exclusive
    // access at every lock besides, which is what the mutex is for.
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    public init(_ value: Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        precondition(pthread_mutex_init(mutex, nil) == 0, "a default mutex needs no resources on Linux")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// Runs `body` with the value; not reentrant.
    @inlinable public func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value.pointee)
    }
}
