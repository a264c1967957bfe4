/// The real curl, asking once.
package enum Curl {
    package struct Answer: Sendable {
        /// What curl exited with; 0 where there was a response.
        package let status: Int32
        package let code: Int
        /// The headers, the body, and then what curl says itself.
        package let text: String

        /// What comes after the headers.
        package var body: String {
            let rest = text.utf8.firstRange(of: "\r\n\r\n".utf8).map { text[$0.upperBound...] } ?? ""
            return rest.lastIndex(of: "\n").map { String(rest[..<$0]) } ?? ""
        }
    }

    package static func get(_ url: String, _ arguments: [String] = []) async throws -> Answer {
        let program = try Program(
            path: "/usr/bin/curl",
            ["--silent", "--show-error", "--include", "--max-time", "20", "--write-out", "\n%{http_code}"] + arguments
                + [url])
        let (status, output, errors) = await program.wait()
        let code = output.split(separator: "\n").last.flatMap { Int($0) } ?? 0
        return Answer(status: status, code: code, text: output + errors)
    }
}
