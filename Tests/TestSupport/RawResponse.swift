/// A response as it came over the wire.
package struct RawResponse: Sendable {
    package let status: Int
    package var bytes: [UInt8] = []
    package var body: String { String(decoding: bytes, as: UTF8.self) }
    package let headers: [(name: String, value: String)]
    /// Bytes up to and with the empty line.
    let headerLength: Int

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var contentLength: Int { header("Content-Length").flatMap { Int($0) } ?? 0 }

    /// The status line and headers at the start of `bytes`; nil while they are incomplete.
    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: Unicode.ASCII.self)
        guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        headerLength = text.utf8.distance(from: text.startIndex, to: end.upperBound)
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        self.status = status
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
    }
}
