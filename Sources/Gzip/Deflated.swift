internal import CZlib

/// A piece of compressed data, made on its own, from which gzip bodies are put together.
package struct Deflated: Equatable, Sendable {
    /// Raw deflate blocks, of which none is marked as the last one and none refers to an earlier piece.
    let blocks: [UInt8]
    /// The CRC-32 of the data before compression.
    let checksum: UInt
    /// The size of the data before compression.
    let size: Int

    /// Compresses; nil where there is no memory for it.
    package init?(_ data: [UInt8]) {
        // Ends at a byte, so that another piece can follow: https://www.zlib.net/manual.html#Basic
        guard let blocks = deflated(data, ending: Z_SYNC_FLUSH) else { return nil }
        // A copy, since it is kept: what it was compressed into has room for what cannot be compressed.
        self.blocks = blocks.withUnsafeBufferPointer { Array($0) }
        checksum = checksumOf(data)
        size = data.count
    }

    /// This piece, and after it `rest`, which is compressed now, as one gzip member (RFC 1952): not every client reads more
    /// than the first. Nil where there is no memory for it.
    package func gzip(then rest: [UInt8]) -> [UInt8]? {
        guard let last = deflated(rest, ending: Z_FINISH) else { return nil }
        let checksum = crc32_combine(checksum, checksumOf(rest), rest.count)
        return memberHeader + blocks + last
            + littleEndian(UInt32(truncatingIfNeeded: checksum))
            + littleEndian(UInt32(truncatingIfNeeded: size + rest.count))
    }
}

/// Method deflate, no name, no time, from Unix. https://www.rfc-editor.org/rfc/rfc1952#section-2.3
private let memberHeader: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]

private func littleEndian(_ value: UInt32) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
}

private func checksumOf(_ data: [UInt8]) -> UInt {
    data.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
}

private func deflated(_ data: [UInt8], ending flush: Int32) -> [UInt8]? {
    var stream = z_stream()
    // zlib remembers where its stream is, so one pointer has to do for all calls.
    return withUnsafeMutablePointer(to: &stream) { stream in
        guard data.count <= Int(uInt.max) / 2, czlib_begin_raw_deflate(stream) == Z_OK else { return nil }
        defer { deflateEnd(stream) }
        return data.withUnsafeBufferPointer { run(stream, $0, ending: flush) }
    }
}

/// Compresses all of the data in one call.
private func run(
    _ stream: UnsafeMutablePointer<z_stream>, _ data: UnsafeBufferPointer<UInt8>, ending flush: Int32
) -> [UInt8]? {
    // The bound is for Z_FINISH; a flush adds an empty block.
    let capacity = Int(deflateBound(stream, uLong(data.count))) + 16
    var status = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
        // zlib only reads its input, whatever the type of the pointer says.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: data.baseAddress)
        stream.pointee.avail_in = uInt(data.count)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = uInt(capacity)
        status = deflate(stream, flush)
        count = capacity - Int(stream.pointee.avail_out)
    }
    return status == (flush == Z_FINISH ? Z_STREAM_END : Z_OK) && stream.pointee.avail_out > 0 ? output : nil
}
