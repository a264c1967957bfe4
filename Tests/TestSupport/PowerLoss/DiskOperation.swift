/// Something a program does that changes what a disk holds. Paths are relative to one place that is always there.
package enum DiskOperation: Sendable {
    case createFolder(String)
    /// An empty file, where there was none.
    case create(String)
    case write(String, offset: Int, [UInt8])
    case truncate(String, length: Int)
    /// The content of a file; it may fail.
    case sync(String, failed: Bool)
    /// The entries of a folder: "" for the place itself.
    case syncFolder(String)
    case delete(String)
    case rename(String, to: String)
    /// Another name for a file.
    case link(String, to: String)
}
