import Foundation
import Logging
import Testing

@testable import Console

@Suite struct LineLogHandlerTests {
    private func lines(_ format: LogFormat, level: Logger.Level = .info, _ write: (Logger) -> Void) throws -> String {
        let pipe = Pipe()
        let handler = LineLogHandler(
            format: format, level: level, descriptor: pipe.fileHandleForWriting.fileDescriptor,
            now: { "2024-04-20T16:00:00Z" })
        write(Logger(label: "test", factory: { _ in handler }))
        try pipe.fileHandleForWriting.close()
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    @Test("logfmt quotes only what needs it, and sorts the fields")
    func logfmt() throws {
        let text = try lines(.logfmt) {
            $0.info("poll failed: \"401\"", metadata: ["b": "x=y", "a": "plain", "c": ""])
        }
        #expect(
            text == #"""
                ts=2024-04-20T16:00:00Z level=info msg="poll failed: \"401\"" a=plain b="x=y" c=""

                """#)
    }

    @Test("json escapes control characters, so that a line is always a line")
    func json() throws {
        let text = try lines(.json) { $0.error("two\nlines\u{1}", metadata: ["path": "C:\\x"]) }
        #expect(
            text == #"""
                {"ts":"2024-04-20T16:00:00Z","level":"error","msg":"two\nlines\u0001","path":"C:\\x"}

                """#)
    }

    @Test("records below the level are not written")
    func level() throws {
        #expect(try lines(.logfmt, level: .warning) { $0.info("quiet") } == "")
        #expect(try lines(.logfmt, level: .debug) { $0.debug("loud") }.contains("level=debug msg=loud"))
    }
}
