/// libmicrohttpd's own decoding of paths and queries, but for `%00`, which stays as it is: libmicrohttpd hands out the
/// path as a C string, and a NUL would make `/metrics%00x` the same as `/metrics`.
///
/// Decodes in place and returns the new length; called for the path and for each name and value of the query.
let percentDecode: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int = {
    _, _, text in
    guard let text else { return 0 }
    var read = 0
    var written = 0
    while text[read] != 0 {
        let decoded = decodedByte(at: text + read)
        text[written] = decoded ?? text[read]
        read += decoded == nil ? 1 : 3
        written += 1
    }
    text[written] = 0
    return written
}

/// The byte that `%xx` at `text` stands for; nil if it is none, or NUL.
private func decodedByte(at text: UnsafeMutablePointer<CChar>) -> CChar? {
    guard text[0] == CChar(UInt8(ascii: "%")), let high = hexDigit(text[1]), let low = hexDigit(text[2]),
        case let byte = high << 4 | low, byte != 0
    else { return nil }
    return CChar(bitPattern: byte)
}

private func hexDigit(_ character: CChar) -> UInt8? {
    switch UInt8(bitPattern: character) {
    case let digit where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit): digit - UInt8(ascii: "0")
    case let digit where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit | 0x20):
        (digit | 0x20) - UInt8(ascii: "a") + 10
    default: nil
    }
}
