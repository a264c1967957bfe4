internal import Glibc

/// Keeps a second process away from a ledger for as long as it lives; the kernel lets go when the process dies.
///
/// A file of its own, since closing any descriptor of the database would drop SQLite's own locks
/// (https://sqlite.org/howtocorrupt.html section 2.2).
final class LedgerLock {
    private let descriptor: Int32

    init(path: String) throws(LedgerError) {
        let file = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .storage(path: path, detail: systemMessage(errno)) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(file)
            throw code == EWOULDBLOCK ? .inUse(path: path) : .storage(path: path, detail: systemMessage(code))
        }
        // Not before: an initializer that throws once everything is set runs `deinit`, which would close the number a
        // second time, when it may be somebody else's.
        descriptor = file
    }

    /// Lets go before the end.
    func unlock() {
        flock(descriptor, LOCK_UN)
    }

    deinit {
        // Closing does not let go while a child that has just been forked holds a copy, until it runs its program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}

/// The system's words for an `errno`.
func systemMessage(_ code: Int32) -> String {
    String(cString: strerror(code))
}
