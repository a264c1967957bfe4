import Foundation

/// A folder of certificates, made with openssl; each lies beside its key, as `NAME.pem` and `NAME.key`.
package final class Certificates: Sendable {
    private let folder: TemporaryFolder

    /// The folder, which goes when its owner goes.
    package var path: String { folder.path }

    /// With two authorities, `authority` and `rogue`.
    package init() async throws {
        folder = try TemporaryFolder()
        for name in ["authority", "rogue"] {
            try await openSSL(
                ["req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-out", pem(name)] + Self.newKey(key(name)))
        }
    }

    /// Makes a certificate, or another one of the same name, in moments that are one for each of its files. `names` is as
    /// in openssl's subjectAltName.
    package func make(
        _ name: String, by authority: String = "authority", names: String = "IP:127.0.0.1,DNS:localhost",
        purpose: String = "serverAuth", days: Int = 2
    ) async throws {
        let draft = folder.path + "/" + UUID().uuidString
        try await openSSL(
            [
                "req", "-new", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)", "-addext",
                "extendedKeyUsage=\(purpose)", "-out", draft + ".request",
            ] + Self.newKey(draft + ".key"))
        try await openSSL([
            "x509", "-req", "-in", draft + ".request", "-CA", pem(authority), "-CAkey", key(authority), "-set_serial",
            "\(Int.random(in: 1 ... .max))", "-copy_extensions", "copy", "-days", "\(days)", "-out", draft + ".pem",
        ])
        for kind in [".pem", ".key"] { try rename(draft + kind, to: folder.path + "/" + name + kind) }
    }

    /// Puts the certificate, and the key, of one name in the place of another's.
    package func replace(_ name: String, with other: String) throws {
        for kind in [".pem", ".key"] { try replace(file: name + kind, with: other + kind) }
    }

    /// Puts a copy of one file in the place of another, in one moment.
    package func replace(file: String, with other: String) throws {
        let copy = folder.path + "/" + UUID().uuidString
        try FileManager.default.copyItem(atPath: folder.path + "/" + other, toPath: copy)
        try rename(copy, to: folder.path + "/" + file)
    }

    /// Writes any file in the folder, in one moment, readable by its owner alone, and returns its path.
    @discardableResult
    package func write(_ text: String, to file: String) throws -> String {
        let draft = folder.path + "/" + UUID().uuidString
        let isMade = FileManager.default.createFile(
            atPath: draft, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        guard isMade else { throw NeverHappened(description: "cannot write \(draft)") }
        let path = folder.path + "/" + file
        try rename(draft, to: path)
        return path
    }

    package func pem(_ name: String) -> String { "\(folder.path)/\(name).pem" }
    package func key(_ name: String) -> String { "\(folder.path)/\(name).key" }
    package func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func rename(_ path: String, to other: String) throws {
        guard Foundation.rename(path, other) == 0 else { throw NeverHappened(description: "cannot rename \(path)") }
    }

    private func openSSL(_ arguments: [String]) async throws {
        let made = try await Program(path: "/usr/bin/openssl", arguments).wait()
        guard made.status == 0 else { throw NeverHappened(description: made.errors) }
    }

    private static func newKey(_ path: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]
    }
}
