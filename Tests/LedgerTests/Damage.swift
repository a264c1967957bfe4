import TestSupport

/// One thing that happened to the bytes of a file.
struct Damage: Sendable, CustomStringConvertible {
    enum Kind: Sendable { case flip, garbage, zeros, cut }

    /// How often each kind is tried; `DAMAGE_ROUNDS` changes it.
    static let rounds = setting("DAMAGE_ROUNDS") ?? 400

    let kind: Kind
    let offset: Int
    let bytes: [UInt8]

    /// Anywhere in a file, most often where there is something.
    static func random(_ kind: Kind, in image: [UInt8]) -> Damage {
        var offset = Int.random(in: 0..<image.count)
        for _ in 0..<3 where image[offset] == 0 { offset = Int.random(in: 0..<image.count) }
        let length = kind == .flip ? 1 : Int.random(in: 1...min(2000, image.count - offset))
        return Damage(
            kind: kind, offset: offset,
            bytes: (0..<length).map { _ in
                switch kind {
                case .flip: image[offset] ^ 1 << UInt8.random(in: 0..<8)
                case .garbage: .random(in: 0...255)
                case .zeros, .cut: 0
                }
            })
    }

    func applied(to image: [UInt8]) -> [UInt8] {
        guard kind != .cut else { return Array(image.prefix(offset)) }
        var image = image
        image.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return image
    }

    /// Enough to do it again.
    var description: String { kind == .cut ? "cut at \(offset)" : "\(kind) at \(offset): \(bytes)" }
}
