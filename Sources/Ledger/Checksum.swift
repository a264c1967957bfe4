/// Tells whether the disk still holds what was written: 64 bits over a sequence of words.
///
/// SQLite checks the structure of a file but not the numbers in it. Each step here maps the value one to one, so a change
/// within a single word is always found, and other damage but for one in 2^64; who means to deceive can. The same words give
/// the same value in every process and every version: it is part of the schema.
struct Checksum {
    private(set) var value: Int64 = 0

    mutating func add(_ word: Int64) {
        // The multiplier is odd and the shift leaves the upper half as it is: both can be undone.
        let mixed = (UInt64(bitPattern: value ^ word) ^ 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
        value = Int64(bitPattern: mixed ^ mixed >> 32)
    }

    /// Tells nil from every number.
    mutating func add(_ word: Int64?) {
        add(word == nil ? 0 : 1 as Int64)
        add(word ?? 0 as Int64)
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(Int64(byte)) }
        add(Int64(text.utf8.count))
    }
}
