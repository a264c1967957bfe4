internal import Glibc
internal import Operations
internal import SQLite

/// A closed database of the ledger's folder, and the lock that keeps others away from it; nil where they cannot be kept away.
struct LockedDatabase {
    let path: String
    let lock: DatabaseLock?
}

/// A ledger's place on disk, locked for this process.
final class LedgerFile {
    let path: String
    private let folder: String
    private let lock: LedgerLock
    /// Nil where there is no database yet. Replaced only while SQLite has none open.
    private var database: DatabaseLock?
    /// Whether this process knows the database's name to be on the disk: the one before may have ended just after it gave it.
    private var isNameDurable = false

    /// Makes the folder where it is missing and locks the owner's file in it.
    init(folder: String, owner: LedgerOwner) throws(LedgerError) {
        self.folder = folder
        path = folder + "/" + owner.fileName
        try Self.checkLength(of: path, in: folder)
        try Self.makeFolder(folder)
        try Self.checkLength(of: path, in: folder)
        var status = stat()
        // SQLite would make its target, unlocked.
        guard lstat(path, &status) != 0 || stat(path, &status) == 0 || errno != ENOENT else {
            throw .storage(path: path, detail: "it is a symbolic link to a file that is missing")
        }
        lock = try LedgerLock(path: path)
        database = try DatabaseLock(path: path)
        lock.sign()
        removeSecondNames()
    }

    /// Lets another process, or another ledger of this one, lock the file. SQLite must have closed it.
    func unlock() {
        database = nil
        lock.unlock()
    }

    /// Throws where another process may have taken over what this one has locked, so that nothing may be written to it or
    /// done to its name. Locks alone do not tell: some file systems have none, and names lead elsewhere after a mount.
    func checkOwnership() throws(LedgerError) {
        guard !lock.isTakenOver else { throw .lost(path: path, detail: "another process has begun to use it") }
        guard let database else { return }
        let found = DatabaseLock.Identity(path: path)
        if found == nil, errno == ENOENT || errno == ENOTDIR {
            throw .lost(path: path, detail: "it was removed")
        }
        guard found == nil || found == database.identity else {
            throw .lost(path: path, detail: "another file has taken its place")
        }
    }

    /// Throws where SQLite could not open all of the ledger's files for the length of their paths.
    private static func checkLength(of path: String, in folder: String) throws(LedgerError) {
        let limit = Connection.longestPath - LedgerDatabase.longestEnding.utf8.count
        let resolved = realpath(folder, nil)
        defer { free(resolved) }
        // One that is still to be made is as long as it is written.
        let place =
            resolved.map { String(cString: $0) } ?? (folder.hasPrefix("/") ? folder : workingFolder + "/" + folder)
        let length = place.utf8.count + path.utf8.count - folder.utf8.count
        guard length > limit else { return }
        throw .storage(
            path: path, detail: "its path has \(length) bytes, and SQLite can use one of at most \(limit)")
    }

    private static var workingFolder: String {
        let folder = getcwd(nil, 0)
        defer { free(folder) }
        return folder.map { String(cString: $0) } ?? ""
    }

    /// True unless there is certainly no file: one that cannot be looked at is never taken for none.
    var exists: Bool {
        var status = stat()
        return lstat(path, &status) == 0 || errno != ENOENT && errno != ENOTDIR
    }

    /// True for a file without content: SQLite would silently take an empty one for a new database, and one of a single byte
    /// too (unixFileSize in SQLite's os_unix.c).
    var isEmpty: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size <= 1
    }

    /// Lets `create` make the database under another name, and gives it its own when all of it is on the disk: a power cut
    /// leaves the whole of it or nothing. What an attempt left behind that did not come so far is removed.
    func make(_ create: (String) throws(LedgerDatabase.Failure) -> Void) throws(LedgerDatabase.Failure) {
        let draft = try draft(create)
        do { try put(draft) } catch {
            unlink(draft.path)
            throw error
        }
    }

    /// Lets `create` make a database under another name, and locks it. What an earlier attempt left behind is removed.
    func draft(
        _ create: (String) throws(LedgerDatabase.Failure) -> Void
    ) throws(LedgerDatabase.Failure) -> LockedDatabase {
        let draft = path + ".new"
        let leftovers = [draft, draft + "-journal"]
        for name in leftovers { unlink(name) }
        do { try create(draft) } catch {
            for name in leftovers { unlink(name) }
            throw error
        }
        return LockedDatabase(path: draft, lock: try lock(draft))
    }

    /// Keeps the database under a second name, and gives the first one to another database of the folder. Both are whole and
    /// closed. Returns the new path of the former.
    ///
    /// The name leads to one of the two at every moment, and no name goes before the next is on the disk. Wherever the power
    /// fails, or this throws, the next start finds a whole database of one of the two owners.
    func giveWay(to next: LockedDatabase) throws(LedgerDatabase.Failure) -> String {
        do throws(LedgerError) { try checkOwnership() } catch { throw .system("\(error)") }
        for database in [path, next.path] where LedgerDatabase.hasLog(database) {
            throw .system(
                "the log of \(database) could not be emptied: another program has it open, or the disk is full")
        }
        // One that stayed would be taken for the log of the next database.
        try removeLogs()
        removeSecondNames()
        let aside = freeAside()
        try remove(aside, "-wal")
        try giveSecondName(aside)
        do {
            try syncFolder()
            try giveName(to: next)
        } catch {
            // A second name of the database itself stays; see `removeSecondNames`. So does a copy where it may be the last.
            if let former = database?.identity, DatabaseLock.Identity(path: path) == former,
                DatabaseLock.Identity(path: aside) != former
            {
                unlink(aside)
            }
            throw error
        }
        return aside
    }

    /// Gives the ledger's name to a database of the folder; one that has it loses it.
    private func giveName(to next: LockedDatabase) throws(LedgerDatabase.Failure) {
        let code = rename(next.path, path) == 0 ? 0 : errno
        // A server's answer may be lost although it has renamed.
        guard code == 0 || next.lock.map({ $0.identity == DatabaseLock.Identity(path: path) }) == true else {
            throw .system("cannot rename \(next.path): \(systemMessage(code))")
        }
        database = next.lock
        isNameDurable = false
    }

    /// Gives the database another name beside its own; where it may have only one, gives the other name to a copy.
    private func giveSecondName(_ aside: String) throws(LedgerDatabase.Failure) {
        guard link(path, aside) != 0 else { return }
        guard ![EEXIST, ENOSPC, EDQUOT, EIO].contains(errno) else {
            throw .system("cannot link \(aside): \(systemMessage(errno))")
        }
        let copy = path + ".former"
        try remove(copy)
        try LedgerDatabase.copy(path, to: copy)
        guard rename(copy, aside) == 0 else { throw .system("cannot rename \(copy): \(systemMessage(errno))") }
    }

    /// Removes the names that a change of owner which was cut short has given to the present database.
    private func removeSecondNames() {
        var status = stat()
        guard let present = database?.identity, stat(path, &status) == 0, status.st_nlink > 1,
            let asides = try? asides()
        else { return }
        for aside in asides where DatabaseLock.Identity(path: aside) == present { unlink(aside) }
    }

    /// Gives a database that is complete its name, when it is on the disk that the one before it has lost that.
    private func put(_ draft: LockedDatabase) throws(LedgerDatabase.Failure) {
        // Before the log of that one loses its own.
        try syncFolder()
        // A log whose database is gone would be taken for the log of this one, also after a power cut.
        try removeLogs()
        try syncFolder()
        // Another process can have made one meanwhile if the lock was deleted.
        guard !exists else { throw .system("there is one by now") }
        try giveName(to: draft)
    }

    /// Locks a database of the folder before anybody can find it by the ledger's name.
    func lock(_ path: String) throws(LedgerDatabase.Failure) -> DatabaseLock? {
        do throws(LedgerError) { return try DatabaseLock(path: path) } catch { throw .system("\(error)") }
    }

    private func removeLogs() throws(LedgerDatabase.Failure) {
        for suffix in ["-wal", "-shm", "-journal"] { try remove(path, suffix) }
    }

    /// Sees to it that a power cut does not take the database's name from it; called before anything is committed.
    func makeNameDurable() throws(LedgerDatabase.Failure) {
        guard !isNameDurable else { return }
        try syncFolder()
        isNameDurable = true
    }

    /// Moves the database away under a new name in the same folder, and returns that name.
    func setAside() throws(LedgerError) -> String {
        try checkOwnership()
        let aside = freeAside()
        // The write-ahead log goes along, and first: it may hold what the database does not. It keeps its old name too, until
        // `make` takes it away, for a database without its log is an older one.
        unlink(aside + "-wal")
        // Where the file system has no second names, a power cut between the two finds the database without its log.
        let hasTwoNames = link(path + "-wal", aside + "-wal") == 0
        if !hasTwoNames { try move("-wal", to: aside) }
        do { try move("", to: aside) } catch {
            if hasTwoNames { unlink(aside + "-wal") }
            throw error
        }
        return aside
    }

    /// The path at which a database that is set aside now may lie: after all others, also where the clock was set back.
    private func freeAside() -> String {
        let newest = (try? asides())?.first.map { Self.order($0.dropFirst((path + Self.asideMark).count)) }
        let now = Self.stamp(.wallClock())
        let isLater = newest.map { now > $0.stamp } ?? true
        let stamped = path + Self.asideMark + (isLater ? now : newest?.stamp ?? now)
        var number = isLater ? 1 : (newest?.number ?? 0) + 1
        var aside: String { number == 1 ? stamped : "\(stamped)_\(number)" }
        while access(aside, F_OK) == 0 { number += 1 }
        return aside
    }

    /// Moves one of the database's files; a log may be missing.
    private func move(_ suffix: String, to aside: String) throws(LedgerError) {
        guard rename(path + suffix, aside + suffix) != 0, errno != ENOENT || suffix.isEmpty else { return }
        throw .storage(path: path + suffix, detail: "cannot set it aside: \(systemMessage(errno))")
    }

    /// Removes a database, or one of the files beside it, where there is one.
    private func remove(_ path: String, _ suffix: String = "") throws(LedgerDatabase.Failure) {
        guard unlink(path + suffix) != 0, errno != ENOENT else { return }
        throw .system("cannot remove \(path)\(suffix): \(systemMessage(errno))")
    }

    /// Puts the names of the folder's files on the disk.
    private func syncFolder() throws(LedgerDatabase.Failure) {
        let code = Self.sync(folder)
        guard code == 0 else { throw .system("cannot sync its folder: \(systemMessage(code))") }
    }

    /// Puts the names in a folder on the disk; returns an `errno`, or 0.
    private static func sync(_ folder: String) -> Int32 {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // One that may be written to but not read cannot be synced by us.
        guard descriptor >= 0 else { return errno == EACCES ? 0 : errno }
        defer { close(descriptor) }
        // Some file systems cannot, and say so.
        return fsync(descriptor) == 0 || [EINVAL, ENOTSUP, EROFS].contains(errno) ? 0 : errno
    }

    /// The number of databases that have been set aside here and are still kept; 0 where the folder cannot be listed.
    var setAsideCount: Int64 {
        let marks = (try? asideMarks()) ?? []
        return Int64(marks.count { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") && !$0.contains(".schema-") })
    }

    /// The paths of the databases that have been set aside here, the newest first; none that has been renamed since. Throws
    /// where the folder cannot be listed.
    func asides() throws(LedgerError) -> [String] {
        let marks = try asideMarks().filter { mark in mark.allSatisfy { "0123456789TZ_".contains($0) } }
        return marks.sorted { Self.order($0[...]) > Self.order($1[...]) }.map { path + Self.asideMark + $0 }
    }

    /// The time in the end of such a name, and the number among those of one time.
    private static func order(_ mark: Substring) -> (stamp: String, number: Int) {
        let parts = mark.split(separator: "_")
        return (String(parts.first ?? ""), parts.dropFirst().first.flatMap { Int($0) } ?? 1)
    }

    /// The ends of the names of files that were set aside, and of those beside them: all that follows the mark.
    private func asideMarks() throws(LedgerError) -> [String] {
        let prefix = (path.split(separator: "/").last ?? "") + Self.asideMark
        guard let entries = opendir(folder) else { throw unlisted(errno) }
        defer { closedir(entries) }
        var marks: [String] = []
        errno = 0
        while let entry = readdir(entries) {
            let found = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if found.hasPrefix(prefix) { marks.append(String(found.dropFirst(prefix.count))) }
            errno = 0
        }
        guard errno == 0 else { throw unlisted(errno) }
        return marks
    }

    private func unlisted(_ code: Int32) -> LedgerError {
        .storage(path: path, detail: "cannot list its folder: \(systemMessage(code))")
    }

    /// The time in the name of a file that is set aside.
    static func stamp(_ time: Timestamp) -> String { time.description.filter { $0 != ":" && $0 != "-" } }

    /// Stands in that name before the time.
    static let asideMark = ".set-aside-"

    private static func makeFolder(_ folder: String) throws(LedgerError) {
        var made = folder.hasPrefix("/") ? "/" : ""
        for part in folder.split(separator: "/") {
            let parent = made.isEmpty ? "." : made
            made += part
            let code = mkdir(made, 0o700) == 0 ? sync(parent) : errno
            guard [0, EEXIST, EISDIR].contains(code) else {
                throw .storage(path: folder, detail: "cannot make the folder: \(systemMessage(code))")
            }
            made += "/"
        }
    }
}
