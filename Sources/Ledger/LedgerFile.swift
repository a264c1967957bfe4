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

    /// Whether there is a file, and whether it has content: SQLite would silently take an empty one for a new database.
    var exists: Bool { size != nil }
    var isEmpty: Bool { size == 0 }

    private var size: Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Removes what a failed attempt to make the database left behind.
    func remove() {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }

    /// Moves the database away under a new name in the same folder, and returns that name.
    func setAside() throws(LedgerError) -> String {
        let stamp = Timestamp.wallClock().description.filter { $0 != ":" && $0 != "-" }
        var aside = "\(path)\(Self.asideMark)\(stamp)"
        var attempt = 1
        while access(aside, F_OK) == 0 {
            attempt += 1
            aside = "\(path)\(Self.asideMark)\(stamp)_\(attempt)"
        }
        // The write-ahead log goes along, and first: it may hold what the database does not.
        for suffix in ["-wal", "-shm", ""] where rename(path + suffix, aside + suffix) != 0 {
            guard errno == ENOENT, !suffix.isEmpty else {
                throw .storage(path: path + suffix, detail: "cannot set it aside: \(systemMessage(errno))")
            }
        }
        return aside
    }

    /// How many databases have been set aside here and are still kept.
    var setAsideCount: Int64 {
        let (folder, name) = (
            path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex), path.split(separator: "/").last ?? ""
        )
        guard let entries = opendir(String(folder)) else { return 0 }
        defer { closedir(entries) }
        var count: Int64 = 0
        while let entry = readdir(entries) {
            let found = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if found.hasPrefix(name + Self.asideMark) && !found.hasSuffix("-wal") && !found.hasSuffix("-shm") {
                count += 1
            }
        }
        return count
    }

    private static let asideMark = ".set-aside-"

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
