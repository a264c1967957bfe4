internal import Glibc

/// Files that something was read from, each as it stood just before, so that it shows when one has changed.
package struct FileStamps: Sendable, Equatable {
    /// Nil for a file that was not there.
    private var stamps: [String: FileStamp?] = [:]

    package init() {}

    /// To be called before the file is read: then no change goes unseen.
    package mutating func note(_ path: String) {
        stamps[path] = .some(FileStamp(path))
    }

    /// The same files as they stand now.
    package var now: FileStamps {
        var current = FileStamps()
        for path in stamps.keys { current.note(path) }
        return current
    }
}

/// What differs when a file was written, or another put in its place.
private struct FileStamp: Sendable, Equatable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modified: [Int]

    /// Nil where there is no such file, or no way to it. Follows links, as mounted secrets are.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }
}
