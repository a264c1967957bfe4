import Operations

/// Ids like the API's: `comms_operation_` and 26 digits of Crockford's base 32, the first ten of them the creation time in
/// milliseconds and the others random, as in a ULID: https://github.com/ulid/spec
struct OperationID: Equatable, Sendable {
    private static let prefix = Array("comms_operation_".utf8)
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    let bytes: [UInt8]

    /// The id of the operation of that number; different for every number and seed.
    init(number: Int, created: Timestamp, seed: UInt64) {
        var random = SplitMix64(seed: seed ^ (UInt64(bitPattern: Int64(number)) &* 0xd134_2543_de82_ef95))
        var bytes = OperationID.prefix
        bytes.reserveCapacity(bytes.count + 26)
        OperationID.append(UInt64(clamping: created.milliseconds), digits: 10, to: &bytes)
        OperationID.append(random.next(), digits: 8, to: &bytes)
        OperationID.append(random.next(), digits: 8, to: &bytes)
        self.bytes = bytes
    }

    private static func append(_ value: UInt64, digits count: Int, to bytes: inout [UInt8]) {
        for place in (0..<count).reversed() {
            bytes.append(digits[Int(value >> UInt64(place * 5) & 31)])
        }
    }

    /// The creation time that a text would have as an id; nil if it cannot be one.
    static func creationTime(in text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count == prefix.count + 26, bytes.starts(with: prefix) else { return nil }
        var value: Int64 = 0
        for byte in bytes[prefix.count..<prefix.count + 10] {
            guard let digit = digits.firstIndex(of: byte) else { return nil }
            value = value << 5 | Int64(digit)
        }
        return Timestamp(milliseconds: value)
    }
}
