import CFaultyDisk
import Foundation
import TestSupport

/// A folder whose SQLite files tell all that is done to them, and fail when a test wants them to.
///
/// Not Sendable: the ledger on it and the test use it in turn. All databases in it are closed before it goes.
final class FaultyDisk {
    private let folder: TemporaryFolder
    /// Without symbolic links, which SQLite resolves before it opens a file.
    let path: String
    private let disk: OpaquePointer

    /// With the files it holds from the start.
    init(_ files: [String: [UInt8]] = [:]) throws {
        folder = try TemporaryFolder()
        for (name, bytes) in files { try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/" + name)) }
        let resolved = realpath(folder.path, nil)
        defer { free(resolved) }
        path = resolved.map { String(cString: $0) } ?? folder.path
        disk = faulty_disk_mount(path + "/")
    }

    deinit {
        faulty_disk_unmount(disk)
    }

    /// How many operations there have been.
    var count: Int { Int(faulty_disk_count(disk)) }

    /// What was done: one operation, and with it its folder's sync where there was one.
    func operations(at number: Int) -> [DiskOperation] {
        let noted = faulty_disk_get(disk, Int64(number))
        let operation = Self.operation(noted)
        return (operation.map { [$0] } ?? []) + (noted.syncs_folder ? [.syncFolder("")] : [])
    }

    /// Lets operations fail, where the fault concerns them.
    func fail(_ fault: faulty_disk_fault, _ numbers: Range<Int>) {
        faulty_disk_fail(disk, fault, Int64(numbers.lowerBound), Int64(numbers.upperBound))
    }

    /// How many reads there have been.
    var reads: Int { Int(faulty_disk_reads(disk)) }

    /// Lets reads fail.
    func failReads(_ numbers: Range<Int>) {
        faulty_disk_fail_reads(disk, Int64(numbers.lowerBound), Int64(numbers.upperBound))
    }

    /// Whether an operation that has been done would have failed that way.
    func isConcerned(_ number: Int, by fault: faulty_disk_fault) -> Bool {
        faulty_disk_concerns(fault, faulty_disk_get(disk, Int64(number)).kind)
    }

    private static func operation(_ noted: faulty_disk_operation) -> DiskOperation? {
        let name = String(cString: noted.name)
        let target = noted.target.map { String(cString: $0) } ?? ""
        switch noted.kind {
        case FAULTY_DISK_WRITE:
            let bytes = UnsafeRawBufferPointer(start: noted.bytes, count: Int(noted.length))
            return .write(name, offset: Int(noted.offset), [UInt8](bytes))
        case FAULTY_DISK_SYNC: return .sync(name, failed: noted.failed)
        case _ where noted.failed: return nil
        case FAULTY_DISK_CREATE: return .create(name)
        case FAULTY_DISK_TRUNCATE: return .truncate(name, length: Int(noted.offset))
        case FAULTY_DISK_DELETE: return .delete(name)
        case FAULTY_DISK_LINK: return .link(name, to: target)
        case FAULTY_DISK_RENAME: return .rename(name, to: target)
        default: return .syncFolder("")
        }
    }
}
