internal import Glibc
internal import Locking

/// Keeps every other process away from a database, by whatever path it finds it, for as long as this lives.
///
/// A lock of this open file description (https://man7.org/linux/man-pages/man2/fcntl_locking.2.html) on one byte far behind
/// the end, where SQLite locks nothing (`PENDING_BYTE` in https://sqlite.org/fileformat2.html#the_lock_byte_page): a file that
/// is in use cannot be locked twice, also where `LedgerLock`'s file was deleted or is another one.
///
/// Made before SQLite opens the database and let go after it has closed it, since closing any descriptor of a file drops the
/// locks that SQLite has on it (https://sqlite.org/howtocorrupt.html section 2.2).
final class DatabaseLock {
    /// Tells one file from all others.
    struct Identity: Hashable, Sendable {
        let device: UInt
        let number: UInt

        fileprivate init(_ status: stat) {
            device = UInt(status.st_dev)
            number = UInt(status.st_ino)
        }

        /// That of the file at a path, or nil with `errno` set.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    /// The commands of `fcntl` for such locks, as <bits/fcntl-linux.h> numbers them.
    private static let setLock: Int32 = 37
    private static let place: off_t = 1 << 40
    /// Those that this process has locked: they are not opened again, since that would end with closing them.
    private static let heldHere = Locked<Set<Identity>>([])

    let identity: Identity
    private let descriptor: Int32

    /// Locks the database at a path; nil where there is none, or where this process may not write to it, as SQLite will say.
    init?(path: String) throws(LedgerError) {
        if let identity = Identity(path: path), Self.heldHere.withLock({ $0.contains(identity) }) {
            throw .inUse(path: path)
        }
        // O_NONBLOCK is for what is no file.
        let file = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            guard [ENOENT, EACCES, EROFS].contains(errno) else {
                throw .storage(path: path, detail: systemMessage(errno))
            }
            return nil
        }
        do throws(LedgerError) { identity = try Self.lock(file, path: path) } catch {
            close(file)
            throw error
        }
        descriptor = file
        _ = Self.heldHere.withLock { [identity] in $0.insert(identity) }
    }

    deinit {
        _ = Self.heldHere.withLock { [identity] in $0.remove(identity) }
        // A child that has just been forked holds a copy until it runs its program.
        _ = Self.set(F_UNLCK, of: descriptor)
        close(descriptor)
    }

    private static func lock(_ file: Int32, path: String) throws(LedgerError) -> Identity {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .storage(path: path, detail: systemMessage(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .storage(path: path, detail: "it is no regular file; move it away")
        }
        let code = set(F_WRLCK, of: file)
        // Some file systems and sandboxes have no such locks. There the checks before each commit have to do.
        guard code != EAGAIN, code != EACCES else { throw .inUse(path: path) }
        return Identity(status)
    }

    /// Returns an `errno`, or 0.
    private static func set(_ kind: Int32, of descriptor: Int32) -> Int32 {
        var range = flock()
        range.l_type = Int16(kind)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = place
        range.l_len = 1
        return fcntl(descriptor, setLock, &range) == 0 ? 0 : errno
    }
}
