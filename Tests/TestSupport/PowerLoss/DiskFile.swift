/// A file's content as the system has it, and what of it a disk holds for sure.
///
/// A sector reaches the disk whole or not at all, at any moment, in any order. After a sync that failed nothing is known
/// of what was written before it until it is written again: the system takes it for written and does not try once more.
struct DiskFile {
    static let sectorSize = 512

    /// What a sector held after one of the writes since it was last known to be on the disk.
    private struct Version {
        let bytes: [UInt8]
        /// A sync of it has failed.
        var isStuck = false
    }

    private var content: [UInt8] = []
    private var durable: [UInt8] = []
    private var versions: [Int: [Version]] = [:]
    private var lengths: [Int] = []

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        if content.count < end { resize(to: end) }
        content.replaceSubrange(offset..<end, with: bytes)
        note(offset..<end)
    }

    mutating func truncate(to length: Int) {
        let before = content.count
        resize(to: length)
        if length < before { note(length..<before) }
    }

    mutating func sync(failed: Bool) {
        guard !failed else {
            versions = versions.mapValues { $0.map { Version(bytes: $0.bytes, isStuck: true) } }
            return
        }
        durable += [UInt8](repeating: 0, count: max(0, content.count - durable.count))
        durable.removeLast(durable.count - content.count)
        lengths = []
        for (sector, seen) in versions where seen.last?.isStuck == false {
            versions[sector] = nil
            Self.put(Self.sector(sector, of: content), at: sector, into: &durable)
        }
    }

    /// What the disk holds after a power cut.
    func image(_ cut: PowerCut, using random: inout some RandomNumberGenerator) -> [UInt8] {
        guard cut != .everything else { return content }
        guard cut != .nothing else { return durable }
        let length = ([durable.count] + lengths).randomElement(using: &random) ?? 0
        let filler: UInt8 = cut == .someOverGarbage ? .random(in: 1...255, using: &random) : 0
        var image = durable + [UInt8](repeating: filler, count: max(0, length - durable.count))
        let persistence = Double.random(in: 0...1, using: &random)
        for (sector, seen) in versions.sorted(by: { $0.key < $1.key }) {
            guard Double.random(in: 0..<1, using: &random) < persistence,
                let version = seen.randomElement(using: &random)
            else { continue }
            Self.put(version.bytes, at: sector, into: &image)
        }
        image.removeLast(image.count - length)
        return image
    }

    private mutating func resize(to length: Int) {
        content += [UInt8](repeating: 0, count: max(0, length - content.count))
        content.removeLast(content.count - length)
        lengths.append(length)
    }

    /// Notes that the sectors of a range of bytes hold something new.
    private mutating func note(_ range: Range<Int>) {
        for sector in range.lowerBound / Self.sectorSize...(range.upperBound - 1) / Self.sectorSize {
            versions[sector, default: []].append(Version(bytes: Self.sector(sector, of: content)))
        }
    }

    /// A whole sector of a file; zeros past its end.
    private static func sector(_ number: Int, of bytes: [UInt8]) -> [UInt8] {
        let start = min(number * sectorSize, bytes.count)
        let present = bytes[start..<min(start + sectorSize, bytes.count)]
        return present + [UInt8](repeating: 0, count: sectorSize - present.count)
    }

    /// Puts as much of a sector into a file as the file is long.
    private static func put(_ bytes: [UInt8], at sector: Int, into file: inout [UInt8]) {
        let start = sector * sectorSize
        guard start < file.count else { return }
        let end = min(start + sectorSize, file.count)
        file.replaceSubrange(start..<end, with: bytes.prefix(end - start))
    }
}
