import Glibc
import TestSupport
import Testing

@testable import Console

@Suite struct LineWriterTests {
    /// A pipe of the test's own, which is closed with its owner.
    private final class Pipe {
        let reader: Int32
        let writer: Int32

        init(blocks: Bool = true) throws {
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            (reader, writer) = (ends[0], ends[1])
            if !blocks { setBlocking(false) }
        }

        deinit {
            close(reader)
            close(writer)
        }

        private func setBlocking(_ blocks: Bool) {
            let flags = fcntl(writer, F_GETFL)
            _ = fcntl(writer, F_SETFL, blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK)
        }

        /// Fills it, so that not one byte more can be written, and returns the number of bytes.
        func fill() -> Int {
            let flags = fcntl(writer, F_GETFL)
            setBlocking(false)
            defer { _ = fcntl(writer, F_SETFL, flags) }
            var count = 0
            while case let written = write(writer, [UInt8](repeating: 0x2e, count: 4096), 4096), written > 0 {
                count += written
            }
            return count
        }

        /// The next bytes, as many as asked for.
        func read(_ count: Int) -> String {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: count)
            while bytes.count < count, case let got = Glibc.read(reader, &chunk, count - bytes.count), got > 0 {
                bytes += chunk[..<got]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test(
        "nobody who writes waits for a reader: 1,000 lines are kept, further ones are dropped, counted and told of",
        arguments: [true, false])
    func noReader(blocks: Bool) throws {
        let pipe = try Pipe(blocks: blocks)
        let filled = pipe.fill()
        let writer = LineWriter(descriptor: pipe.writer)
        writer.sayDropped { "dropped \($0)\n" }
        for number in 0..<1500 { writer.write("line \(number)\n") }
        #expect(writer.dropped == 500)
        #expect(!writer.finish(within: .milliseconds(50)))

        #expect(pipe.read(filled).count == filled)
        let kept = (0..<1000).map { "line \($0)\n" }.joined() + "dropped 500\n"
        #expect(pipe.read(kept.utf8.count) == kept)
        #expect(writer.finish(within: .seconds(20)))
        writer.write("after\n")
        #expect(pipe.read(6) == "after\n")
        #expect(writer.dropped == 500)
    }

    @Test("lines that cannot be written are dropped, counted, and told of before the next that can")
    func fullDisk() throws {
        let pipe = try Pipe()
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let writer = LineWriter(descriptor: descriptor)
        writer.sayDropped { "dropped \($0)\n" }
        for number in 0..<3 { writer.write("line \(number)\n") }
        #expect(writer.finish(within: .seconds(20)))
        #expect(writer.dropped == 3)
        dup2(pipe.writer, descriptor)
        writer.write("after\n")
        #expect(pipe.read(16) == "dropped 3\nafter\n")
        #expect(writer.dropped == 3)
    }

    @Test("lines of several threads come whole, each thread's in their order, and all are written at the end")
    func threads() async throws {
        let pipe = try Pipe()
        let writer = LineWriter(descriptor: pipe.writer)
        await withTaskGroup { group in
            for thread in 0..<4 { group.addTask { for number in 0..<200 { writer.write("\(thread) \(number)\n") } } }
        }
        #expect(writer.finish(within: .seconds(20)))
        let lines = pipe.read(4 * (10 * 4 + 90 * 5 + 100 * 6)).split(separator: "\n")
        for thread in 0..<4 {
            #expect(lines.filter { $0.hasPrefix("\(thread) ") } == (0..<200).map { "\(thread) \($0)" })
        }
        #expect(writer.dropped == 0)
    }
}
