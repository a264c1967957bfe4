import Files
import Foundation
import TestSupport
import Testing

@Suite struct ReadFileTests {
    private func fault(_ path: String, limit: Int = 1 << 20) -> String? {
        do throws(FileError) {
            _ = try readFile(path, limit: limit)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("a pipe that nobody writes to is refused, and not waited for; so is all else that is no file")
    func noFile() throws {
        let folder = try TemporaryFolder()
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        for path in [folder.path + "/pipe", folder.path, "/dev/zero"] {
            #expect(fault(path) == "it is no regular file", "\(path)")
        }
        #expect(fault(folder.path + "/nothing") == "No such file or directory")
    }

    @Test("a file is read whole, up to the limit, with what is no text replaced")
    func whole() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/file"
        try Data([0x61, 0xff, 0x62]).write(to: URL(fileURLWithPath: path))
        #expect(try readFile(path) == "a\u{FFFD}b")
        try Data(repeating: 0x61, count: 10_000).write(to: URL(fileURLWithPath: path))
        #expect(try readFile(path, limit: 10_000).count == 10_000)
        #expect(fault(path, limit: 9999) == "it is larger than 9999 bytes")
    }
}
