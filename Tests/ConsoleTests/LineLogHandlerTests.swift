import Foundation
import Glibc
import Logging
import Testing

@testable import Console

@Suite struct LineLogHandlerTests {
    private func lines(_ format: LogFormat, level: Logger.Level = .info, _ write: (Logger) -> Void) throws -> String {
        let pipe = Pipe()
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let handler = LineLogHandler(format: format, level: level, writer: writer, now: { "2024-04-20T16:00:00Z" })
        write(Logger(label: "test", factory: { _ in handler }))
        try #require(writer.finish(within: .seconds(20)))
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

    @Test(
        "what a terminal obeys, hides or puts in another order is escaped in both formats",
        arguments: [
            ("\u{85}", #"\u0085"#), ("\u{9B}", #"\u009b"#), ("\u{7F}", #"\u007f"#), ("\u{AD}", #"\u00ad"#),
            ("\u{61C}", #"\u061c"#), ("\u{200B}", #"\u200b"#), ("\u{200F}", #"\u200f"#), ("\u{2028}", #"\u2028"#),
            ("\u{2029}", #"\u2029"#), ("\u{202E}", #"\u202e"#), ("\u{2060}", #"\u2060"#), ("\u{2069}", #"\u2069"#),
            ("\u{3164}", #"\u3164"#), ("\u{FEFF}", #"\ufeff"#), ("\u{FFFB}", #"\ufffb"#),
            ("\u{E0041}", #"\udb40\udc41"#), ("\r\n", #"\r\n"#),
        ])
    func unseen(text: String, escaped: String) throws {
        let time = "2024-04-20T16:00:00Z"
        #expect(
            try lines(.logfmt) { $0.info("a\(text)b", metadata: ["key": "\(text)"]) }
                == "ts=\(time) level=info msg=\"a\(escaped)b\" key=\"\(escaped)\"\n")
        #expect(
            try lines(.json) { $0.info("a\(text)b", metadata: ["key": "\(text)"]) }
                == #"{"ts":"\#(time)","level":"info","msg":"a\#(escaped)b","key":"\#(escaped)"}\#n"#)
    }

    @Test("other languages stay as they are, and a blank of any width is quoted")
    func seen() throws {
        #expect(
            try lines(.logfmt) {
                $0.info("Grüße", metadata: ["a": "日本語", "b": "x\u{A0}level=error", "c": "a\u{3000}b"])
            }
                == "ts=2024-04-20T16:00:00Z level=info msg=Grüße a=日本語 b=\"x\u{A0}level=error\" c=\"a\u{3000}b\"\n")
    }

    @Test("dropped lines are told of in the format of the log")
    func dropped() throws {
        let pipe = Pipe()
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let writer = LineWriter(descriptor: full.fileDescriptor)
        let log = Logger(label: "test") { _ in LineLogHandler(format: .logfmt, level: .info, writer: writer) { "now" } }
        log.info("lost")
        try #require(writer.finish(within: .seconds(20)))
        dup2(pipe.fileHandleForWriting.fileDescriptor, full.fileDescriptor)
        log.info("written")
        try #require(writer.finish(within: .seconds(20)))
        #expect(
            String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) == """
                ts=now level=error msg="log lines were dropped because nobody read standard error, or it could not be \
                written" dropped=1
                ts=now level=info msg=written

                """)
    }

    @Test("records below the level are not written")
    func level() throws {
        #expect(try lines(.logfmt, level: .warning) { $0.info("quiet") } == "")
        #expect(try lines(.logfmt, level: .debug) { $0.debug("loud") }.contains("level=debug msg=loud"))
    }
}
