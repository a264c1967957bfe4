internal import Glibc

/// A file that could not be read: the system's words for why.
package struct FileError: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// The whole text of a file, as `readBytes` reads it; bytes that are not UTF-8 are replaced.
package func readFile(_ path: String, limit: Int = 1 << 20) throws(FileError) -> String {
    String(decoding: try readBytes(of: path, limit: limit), as: UTF8.self)
}

/// All bytes of a file. Refuses files over `limit` bytes, and what is no file: a pipe without a writer would be waited for
/// without end, and one that has been read is empty the next time.
package func readBytes(of path: String, limit: Int) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(description: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(description: String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(description: "it is no regular file") }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw FileError(description: String(cString: strerror(errno))) }
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: chunk[..<count])
        guard bytes.count <= limit else { throw FileError(description: "it is larger than \(limit) bytes") }
    }
}
