import CSimdjson
import Operations

/// An operation where the parser found it. Lives until the decoder's next call.
struct ListedOperation {
    private let raw: UnsafePointer<csimdjson_operation>
    private let status: OperationStatus?
    private let stats: Stats
    private let createdAt: Timestamp?
    private let updatedAt: Timestamp?

    init(_ raw: UnsafePointer<csimdjson_operation>) {
        self.raw = raw
        status = raw.pointee.status.value.flatMap(knownStatus)
        stats = Stats(raw)
        createdAt = raw.pointee.created_at.value.flatMap(Timestamp.init(listed:))
        updatedAt = raw.pointee.updated_at.value.flatMap(Timestamp.init(listed:))
    }

    /// Nil for an element that cannot be an operation. Faults are counted.
    func sighting(counting faults: inout [InvalidReason: Int]) -> Sighting? {
        var own: [InvalidReason: Int] = [:]
        defer { faults.merge(own, uniquingKeysWith: +) }
        guard let operation = operation(counting: &own) else { return nil }
        return Sighting(operation, fingerprint: own.isEmpty ? fingerprint : nil)
    }

    /// Nil where no text is known, or where it would not be known by its id again, since that is not what it begins with.
    private var fingerprint: Fingerprint? {
        guard let id = raw.pointee.id.value, let text = raw.pointee.text.value,
            case let fingerprint = Fingerprint(id: id, text: text), fingerprint.id == raw.pointee.mark
        else { return nil }
        return fingerprint
    }

    private func operation(counting faults: inout [InvalidReason: Int]) -> Operation? {
        guard raw.pointee.is_object else {
            faults[.notAnObject, default: 0] += 1
            return nil
        }
        guard let id = raw.pointee.id.value.flatMap(identifier) else {
            faults[.id, default: 0] += 1
            return nil
        }
        guard let createdAt else {
            faults[.createdAt, default: 0] += 1
            return nil
        }
        if updatedAt == nil { faults[.updatedAt, default: 0] += 1 }
        if status == nil { faults[.status, default: 0] += 1 }
        if raw.pointee.stats_kind != .present || raw.pointee.invalid != 0 { faults[.stats, default: 0] += 1 }
        return Operation(
            id: id, status: status ?? .unknown, stats: stats, createdAt: createdAt, updatedAt: updatedAt)
    }
}

extension Stats {
    /// The members that are counts.
    fileprivate init(_ raw: UnsafePointer<csimdjson_operation>) {
        let counts = withUnsafeBytes(of: raw.pointee.stats) { $0.loadUnaligned(as: InlineArray<12, Int64>.self) }
        self.init(counts, reported: raw.pointee.reported, unreadable: raw.pointee.invalid)
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
