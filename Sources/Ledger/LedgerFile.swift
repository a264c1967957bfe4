internal import Glibc
internal import Operations

/// A ledger's place on disk, locked for this process.
final class LedgerFile {
    let path: String
    private let lock: LedgerLock

    /// Makes the folder where it is missing and locks the owner's file in it.
    init(folder: String, owner: LedgerOwner) throws(LedgerError) {
        path = folder + "/" + owner.fileName
        try Self.makeFolder(folder)
        lock = try LedgerLock(path: path)
    }

    /// Whether there is a file without content, which SQLite would silently take for a new database.
    var isEmpty: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size == 0
    }

    /// Moves the database away under a new name in the same folder, and returns that name.
    func setAside() throws(LedgerError) -> String {
        let stamp = Timestamp.wallClock().description.filter { $0 != ":" && $0 != "-" }
        var aside = "\(path).set-aside-\(stamp)"
        var attempt = 1
        while access(aside, F_OK) == 0 {
            attempt += 1
            aside = "\(path).set-aside-\(stamp)-\(attempt)"
        }
        // The write-ahead log goes along: it may hold what the database does not.
        for suffix in ["", "-wal", "-shm"] where rename(path + suffix, aside + suffix) != 0 && errno != ENOENT {
            throw .storage(path: path + suffix, detail: "cannot set it aside: \(systemMessage(errno))")
        }
        return aside
    }

    private static func makeFolder(_ folder: String) throws(LedgerError) {
        var made = folder.hasPrefix("/") ? "/" : ""
        for part in folder.split(separator: "/") {
            made += part
            if mkdir(made, 0o700) != 0 && errno != EEXIST && errno != EISDIR {
                throw .storage(path: folder, detail: "cannot make the folder: \(systemMessage(errno))")
            }
            made += "/"
        }
    }
}
