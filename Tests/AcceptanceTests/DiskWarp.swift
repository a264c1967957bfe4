import Foundation
import TestSupport
import Testing

/// The disk of programs that a test starts: how it fails at present, and what it has been told so far.
///
/// The library of the target `CDiskWarp` stands before a program's files; this tells it what to do.
final class DiskWarp: Sendable {
    /// As the library numbers them.
    enum Fault: Int32, CustomTestStringConvertible {
        case none, full, writeError, syncError
        /// Nothing fails, and nothing ends.
        case hang

        static let errors = [full, writeError, syncError]

        var testDescription: String { "\(self)" }
    }

    /// Where the disk is: the folder it holds, and beside it what the library reads and writes.
    private let place: TemporaryFolder
    let folder: String
    private var fault: URL { URL(fileURLWithPath: place.path + "/fault") }
    private var traced: URL { URL(fileURLWithPath: place.path + "/trace") }

    init() throws {
        place = try TemporaryFolder()
        // Programs that are not root have to get through.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
        folder = URL(fileURLWithPath: place.path).resolvingSymlinksInPath().path + "/disk"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try withUnsafeBytes(of: Fault.none.rawValue) { Data($0) }.write(to: fault)
        try Data().write(to: traced)
    }

    /// The environment of an exporter that lives on this disk.
    var environment: [String: String] {
        ExporterProcess.credentials.merging([
            "LD_PRELOAD": Program.path(of: "libDiskWarp.so"), "DISKWARP_FOLDER": folder, "DISKWARP_FAULT": fault.path,
        ]) { $1 }
    }

    /// With a trace of what it is told.
    var tracedEnvironment: [String: String] {
        environment.merging(["DISKWARP_TRACE": traced.path]) { $1 }
    }

    func fail(_ fault: Fault) throws {
        // In place: the file is mapped.
        let file = try FileHandle(forWritingTo: self.fault)
        try file.write(contentsOf: withUnsafeBytes(of: fault.rawValue) { Data($0) })
    }

    /// How long the trace is, in bytes.
    var traceLength: Int {
        get throws { try traced.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 }
    }

    /// What the disk was told, each with the length of the trace from it on.
    func trace() throws -> [(operation: DiskOperation, end: Int)] {
        var reader = DiskTraceReader(bytes: [UInt8](try Data(contentsOf: traced)))
        var operations: [(DiskOperation, Int)] = []
        while let operation = reader.next() { operations.append((operation, reader.offset)) }
        return operations
    }
}
