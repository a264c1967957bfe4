/// What a disk holds for sure, and may hold, after a sequence of operations: see `PowerCut`.
///
/// The entries of a folder are on the disk when the folder has been synced, and only then: not when the file has. Until
/// then each of the changes to them may be there or not, a rename with both its names or not at all.
package struct Disk {
    private enum Node {
        case folder
        case file(Int)
    }

    /// What one operation did to entries: nil where it took one away.
    private typealias Change = [(path: String, node: Node?)]

    private var files: [DiskFile] = []
    private var entries: [String: Node] = [:]
    private var durableEntries: [String: Node] = [:]
    private var changes: [Change] = []

    /// With files that are on it for sure.
    package init(_ contents: [String: [UInt8]] = [:]) {
        for (path, bytes) in contents {
            for operation in [.create(path), .write(path, offset: 0, bytes), .sync(path, failed: false)]
                as [DiskOperation]
            {
                apply(operation)
            }
            syncFolder(Self.parent(of: path))
        }
    }

    package mutating func apply(_ operation: DiskOperation) {
        switch operation {
        case .createFolder(let path): change([(path, .folder)])
        case .create(let path):
            files.append(DiskFile())
            change([(path, .file(files.count - 1))])
        case .write(let path, let offset, let bytes): withFile(path) { $0.write(bytes, at: offset) }
        case .truncate(let path, let length): withFile(path) { $0.truncate(to: length) }
        case .sync(let path, let failed): withFile(path) { $0.sync(failed: failed) }
        case .syncFolder(let path): syncFolder(path)
        case .delete(let path): change([(path, nil)])
        case .rename(let path, let new):
            guard let node = entries[path] else { return }
            change([(path, nil), (new, node)])
        case .link(let path, let new): change([(new, entries[path])])
        }
    }

    /// The files a disk holds after a power cut, by their paths.
    package func image(_ cut: PowerCut, using random: inout some RandomNumberGenerator) -> [String: [UInt8]] {
        var found = cut == .everything ? entries : durableEntries
        if cut == .some || cut == .someOverGarbage {
            for change in survivors(using: &random) { Self.apply(change, to: &found) }
        }
        var image: [String: [UInt8]] = [:]
        for (path, node) in found.sorted(by: { $0.key < $1.key }) {
            guard case .file(let number) = node, Self.isReachable(path, found) else { continue }
            image[path] = files[number].image(cut, using: &random)
        }
        return image
    }

    /// Most file systems keep the order of such changes, and some do not.
    private func survivors(using random: inout some RandomNumberGenerator) -> [Change] {
        guard Bool.random(using: &random) else {
            return Array(changes.prefix(Int.random(in: 0...changes.count, using: &random)))
        }
        return changes.filter { _ in Bool.random(using: &random) }
    }

    private mutating func change(_ change: Change) {
        Self.apply(change, to: &entries)
        changes.append(change)
    }

    private mutating func syncFolder(_ folder: String) {
        let isIn: (Change) -> Bool = { $0.contains { Self.parent(of: $0.path) == folder } }
        for change in changes where isIn(change) { Self.apply(change, to: &durableEntries) }
        changes.removeAll(where: isIn)
    }

    private mutating func withFile(_ path: String, _ body: (inout DiskFile) -> Void) {
        guard case .file(let number) = entries[path] else { return }
        body(&files[number])
    }

    private static func apply(_ change: Change, to entries: inout [String: Node]) {
        for (path, node) in change { entries[path] = node }
    }

    private static func isReachable(_ path: String, _ entries: [String: Node]) -> Bool {
        let folder = parent(of: path)
        guard !folder.isEmpty else { return true }
        guard case .folder = entries[folder] else { return false }
        return isReachable(folder, entries)
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}
