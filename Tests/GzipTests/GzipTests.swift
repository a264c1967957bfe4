import Foundation
import Gzip
import TestSupport
import Testing

@Suite struct GzipTests {
    /// Enough for several blocks, some of it compressible.
    private static let long: [UInt8] = (0..<300_000).map {
        UInt8(truncatingIfNeeded: $0 % 7 == 0 ? $0 &* 2_654_435 >> 7 : 65)
    }

    private func body(_ first: [UInt8], _ second: [UInt8]) throws -> [UInt8] {
        let piece = try #require(Deflated(first))
        return try #require(piece.gzip(then: second))
    }

    /// Two pieces, under a name that a log can hold.
    struct Pieces: CustomTestStringConvertible {
        let testDescription: String
        let first: [UInt8]
        let second: [UInt8]

        init(_ testDescription: String, _ first: [UInt8], _ second: [UInt8]) {
            self.testDescription = testDescription
            self.first = first
            self.second = second
        }
    }

    @Test(
        "a body of two pieces is what gzip makes of both together",
        arguments: [
            Pieces("nothing", [], []), Pieces("the first alone", Array("first\n".utf8), []),
            Pieces("the second alone", [], Array("second\n".utf8)),
            Pieces("two lines", Array("first\n".utf8), Array("second\n".utf8)),
            Pieces("no text", [0, 255, 10, 13, 0], [0]), Pieces("a long first", long, Array("# EOF\n".utf8)),
            Pieces("a long second", Array("a\n".utf8), long), Pieces("both long", long, long),
        ])
    func roundTrip(pieces: Pieces) async throws {
        let (first, second) = (pieces.first, pieces.second)
        let body = try body(first, second)
        let folder = try TemporaryFolder()
        try Data(body).write(to: URL(fileURLWithPath: folder.path + "/body.gz"))
        try Data(first + second).write(to: URL(fileURLWithPath: folder.path + "/body"))

        let system = try Program(
            path: "/bin/sh", ["-c", "cd \"$0\" && gzip -t body.gz && gzip -dc body.gz | cmp - body", folder.path],
            environment: ["PATH": "/usr/bin:/bin"])
        let (status, output, errors) = await system.wait()
        #expect(status == 0, "\(output)\(errors)")

        // A decoder of one member, as browsers and Go's have it where they are told to read no more: nothing may be left.
        let oneMember = """
            import sys, zlib
            decoder = zlib.decompressobj(wbits=31)
            text = decoder.decompress(open(sys.argv[1] + "/body.gz", "rb").read())
            assert decoder.eof and not decoder.unused_data, "more than one member"
            assert text == open(sys.argv[1] + "/body", "rb").read(), "another text"
            """
        let (pythonStatus, _, pythonErrors) = await
            (try Program(path: "/usr/bin/python3", ["-c", oneMember, folder.path]))
            .wait()
        #expect(pythonStatus == 0, "\(pythonErrors)")
    }

    @Test("the same data gives the same bytes, without a time or a name in them")
    func stable() throws {
        let once = try body(Self.long, [1, 2, 3])
        #expect(try body(Self.long, [1, 2, 3]) == once)
        #expect(once.prefix(10) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
        #expect(once.count < Self.long.count / 2)
    }
}
