internal import CProcess
internal import Glibc

/// Something that happens once, which threads wait for.
///
/// The wait is a `poll` of an eventfd, which no step of the wall clock makes longer or shorter; a semaphore's is by that
/// clock (https://man7.org/linux/man-pages/man3/sem_wait.3.html).
final class Event: Sendable {
    private let descriptor = eventfd(0, Int32(EFD_CLOEXEC))

    /// Says that it has happened.
    func happen() {
        eventfd_write(descriptor, 1)
    }

    /// Waits until it has happened, for at most `limit`; false where it has not. Without a descriptor to be had it takes the
    /// whole time.
    func wait(atMost limit: Duration) -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let rest = max(.zero, deadline - clock.now)
            let milliseconds = Int32(min(3600, rest / .seconds(1)) * 1000 + 0.999)
            let count = poll(&waiting, 1, milliseconds)
            guard count >= 0 || errno == EINTR else { return false }
            if count > 0 { return true }
            if rest == .zero { return false }
        }
    }

    deinit {
        close(descriptor)
    }
}
