/// Takes responses one after the other from what a server has said.
struct ResponseReader {
    private var rest: ArraySlice<UInt8>
    private var lastHead: ArraySlice<UInt8> = []

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// Takes the next status line and headers; nil where there are none that are whole, and 100 where nothing follows an
    /// interim answer.
    mutating func head() -> (status: Int, length: Int?)? {
        var head = anyHead()
        while head?.status == 100, !isAtEnd { head = anyHead() }
        return head
    }

    /// Passes the last head where it comes a second time.
    mutating func skipRepeatedHead() {
        if rest.starts(with: lastHead) { rest.removeFirst(lastHead.count) }
    }

    /// Takes that many bytes; nil where there are fewer.
    mutating func body(_ length: Int) -> [UInt8]? {
        guard rest.count >= length else { return nil }
        defer { rest.removeFirst(length) }
        return Array(rest.prefix(length))
    }

    private mutating func anyHead() -> (status: Int, length: Int?)? {
        var lines: [String] = []
        let start = rest
        while let line = line() {
            guard line.isEmpty else {
                lines.append(line)
                continue
            }
            guard let first = lines.first, first.hasPrefix("HTTP/1."), let status = Int(first.dropFirst(9).prefix(3))
            else {
                return nil
            }
            let length = lines.first { $0.lowercased().hasPrefix("content-length: ") }.flatMap { Int($0.dropFirst(16)) }
            lastHead = start[..<rest.startIndex]
            return (status, length)
        }
        return nil
    }

    private mutating func line() -> String? {
        guard let end = rest.firstRange(of: Array("\r\n".utf8)) else { return nil }
        defer { rest = rest[end.upperBound...] }
        return String(decoding: rest[..<end.lowerBound], as: UTF8.self)
    }
}
