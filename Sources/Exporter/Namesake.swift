internal import Files
internal import Glibc

/// Another process that runs the same program as this one.
package struct Namesake: Sendable {
    package let processID: Int32
    /// Its command line, without the name of the program.
    package let arguments: [String]

    /// The namesakes in this process's own container, that is, its control group; where there is none, all that can be seen.
    ///
    /// Read from files that are open to everybody: an exporter lets no other process of its user look any further.
    package static func all() -> [Namesake] {
        guard let name = property("comm", of: "self"), let group = property("cgroup", of: "self") else { return [] }
        let others = processIDs().filter { $0 != getpid() && property("comm", of: "\($0)") == name }
        let near = others.filter { property("cgroup", of: "\($0)") == group }
        return (near.isEmpty ? others : near).compactMap(Namesake.init)
    }

    /// Nil for a process that has ended.
    private init?(processID: Int32) {
        guard let line = Self.property("cmdline", of: "\(processID)") else { return nil }
        // Each argument ends with a NUL: proc(5).
        let words = line.split(separator: "\0", omittingEmptySubsequences: false).dropLast()
        guard !words.isEmpty else { return nil }
        self.processID = processID
        arguments = words.dropFirst().map(String.init)
    }

    private static func property(_ name: String, of process: String) -> String? {
        try? readFile("/proc/\(process)/\(name)")
    }

    private static func processIDs() -> [Int32] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var numbers: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name) { numbers.append(number) }
        }
        return numbers.sorted()
    }
}
