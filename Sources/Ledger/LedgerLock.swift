internal import Glibc

/// Keeps a second process away from a ledger for as long as it lives; the kernel lets go when the process dies.
///
/// A file of its own, since closing any descriptor of the database would drop SQLite's own locks
/// (https://sqlite.org/howtocorrupt.html section 2.2). It may be deleted, or be another file by another path: the database
/// has a `DatabaseLock` besides.
final class LedgerLock {
    private let descriptor: Int32
    private let path: String
    /// Stands in the file while this process has the ledger, for machines that share the file and not its locks.
    private let token: [UInt8]
    private var isSigned = false

    init(path: String) throws(LedgerError) {
        self.path = path + ".lock"
        // All of one length, so that no other is taken for an unfinished one.
        token = Array(UInt64.random(in: 10_000_000_000_000_000_000...UInt64.max).description.utf8) + Array("\n".utf8)
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

    /// Puts this process's token in the file. Where that fails the file says nothing.
    func sign() {
        isSigned = pwrite(descriptor, token, token.count, 0) == token.count
    }

    /// True if another process has put its token in the file. One that is gone or empty says nothing.
    var isTakenOver: Bool {
        guard isSigned else { return false }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        var found = [UInt8](repeating: 0, count: token.count)
        return read(file, &found, found.count) == token.count && found != token
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
