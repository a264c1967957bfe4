import CSimdjson
import Operations

extension Operation {
    /// Judges what the parser found; returns nil for an element that cannot be an operation. Faults are counted.
    init?(_ raw: csimdjson_operation, counting faults: inout [InvalidReason: Int]) {
        guard raw.is_object else {
            faults[.notAnObject, default: 0] += 1
            return nil
        }
        guard let id = raw.id.value.flatMap(identifier) else {
            faults[.id, default: 0] += 1
            return nil
        }
        guard let createdAt = raw.created_at.value.flatMap(Timestamp.init(rfc3339:)) else {
            faults[.createdAt, default: 0] += 1
            return nil
        }
        let updatedAt = raw.updated_at.value.flatMap(Timestamp.init(rfc3339:))
        let status = raw.status.value.flatMap(knownStatus)
        if updatedAt == nil { faults[.updatedAt, default: 0] += 1 }
        if status == nil { faults[.status, default: 0] += 1 }
        if raw.stats_kind != .present || raw.invalid != 0 { faults[.stats, default: 0] += 1 }
        self.init(id: id, status: status ?? .unknown, stats: Stats(raw), createdAt: createdAt, updatedAt: updatedAt)
    }
}

extension Stats {
    /// The members that are counts.
    fileprivate init(_ raw: csimdjson_operation) {
        self.init()
        withUnsafeBytes(of: raw.stats) { bytes in
            let counts = bytes.assumingMemoryBound(to: Int64.self)
            for stat in Stat.allCases where raw.reported & 1 << stat.rawValue != 0 {
                self[stat] = counts[stat.rawValue]
            }
        }
    }
}

extension csimdjson_text {
    /// The text, borrowed until the decoder's next call; nil where the member is missing or not text.
    var value: UnsafeRawBufferPointer? {
        kind == .present ? UnsafeRawBufferPointer(start: bytes, count: length) : nil
    }
}

/// The API documents `comms_operation_…`; any other name that is safe in a path, a key and a log is taken as well.
private func identifier(_ text: UnsafeRawBufferPointer) -> String? {
    guard (1...128).contains(text.count), text.allSatisfy(isSafe) else { return nil }
    return String(decoding: text, as: UTF8.self)
}

private func isSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
    default: false
    }
}

/// Upper case in the reference, lower case in older guides: case does not count.
private func knownStatus(_ text: UnsafeRawBufferPointer) -> OperationStatus? {
    OperationStatus.allCases.first { status in
        status != .unknown && status.label.utf8.elementsEqual(text.lazy.map { $0 | 0x20 })
    }
}
