import TestSupport

/// Reads the trace that `CDiskWarp` writes: a record, two paths and the bytes of each operation.
struct DiskTraceReader {
    private static let recordLength = 24

    let bytes: [UInt8]
    private(set) var offset = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The next operation; nil at the end, and where a program was killed while it wrote one.
    mutating func next() -> DiskOperation? {
        let start = offset
        guard bytes.count - start >= Self.recordLength else { return nil }
        let pathLength = Int(number(at: start + 2, UInt16.self))
        let targetLength = Int(number(at: start + 4, UInt16.self))
        let length = Int(number(at: start + 8, UInt32.self))
        let end = start + Self.recordLength + pathLength + targetLength + length
        guard end <= bytes.count else { return nil }
        offset = end
        let path = text(start + Self.recordLength, pathLength)
        let target = text(start + Self.recordLength + pathLength, targetLength)
        let position = Int(number(at: start + 16, Int64.self))
        switch bytes[start] {
        case 0: return .createFolder(path)
        case 1: return .create(path)
        case 2: return .write(path, offset: position, Array(bytes[end - length..<end]))
        case 3: return .truncate(path, length: position)
        case 4: return .sync(path, failed: bytes[start + 1] != 0)
        case 5: return .syncFolder(path)
        case 6: return .delete(path)
        case 7: return .rename(path, to: target)
        default: return .link(path, to: target)
        }
    }

    private func number<Number: FixedWidthInteger>(at position: Int, _: Number.Type) -> Number {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Number.self) }
    }

    private func text(_ start: Int, _ length: Int) -> String {
        String(decoding: bytes[start..<start + length], as: UTF8.self)
    }
}
