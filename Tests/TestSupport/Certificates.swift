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
                [
                    "req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-addext",
                    "keyUsage=critical,keyCertSign,cRLSign", "-out", pem(name),
                ] + Self.newKey(key(name)))
        }
        try write(signing, to: "signing.cnf")
        try write("", to: "issued")
    }

    /// The time that a certificate is valid for: a day on either side of now, or all of the year before.
    package enum Validity: Sendable {
        case now, past

        /// From and to, in days from now.
        fileprivate var days: (Double, Double) { self == .now ? (-1, 1) : (-366, -1) }
    }

    /// Makes a certificate, or another one of the same name, in moments that are one for each of its files. `names` is as
    /// in openssl's subjectAltName.
    package func make(
        _ name: String, by authority: String = "authority", names: String = "IP:127.0.0.1,DNS:localhost",
        purpose: String = "serverAuth", validity: Validity = .now
    ) async throws {
        let draft = folder.path + "/" + UUID().uuidString
        try await openSSL(
            [
                "req", "-new", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)", "-addext",
                "extendedKeyUsage=\(purpose)", "-out", draft + ".request",
            ] + Self.newKey(draft + ".key"))
        // Not `x509 -req`: the release of OpenSSL in Debian 12 takes no dates there, and that in Debian 13 no days before now.
        try await openSSL(
            [
                "ca", "-batch", "-notext", "-config", folder.path + "/signing.cnf", "-in",
                draft + ".request", "-cert", pem(authority), "-keyfile", key(authority), "-startdate",
                Self.time(validity.days.0), "-enddate", Self.time(validity.days.1), "-out", draft + ".pem",
            ], environment: ["FOLDER": folder.path])
        for kind in [".pem", ".key"] { try rename(draft + kind, to: folder.path + "/" + name + kind) }
    }

    /// A time some days from now, as openssl takes it.
    private static func time(_ days: Double) -> String {
        let format = DateFormatter()
        format.timeZone = TimeZone(identifier: "UTC")
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMddHHmmss'Z'"
        return format.string(from: Date(timeIntervalSinceNow: days * 86_400))
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

    private func openSSL(_ arguments: [String], environment: [String: String] = [:]) async throws {
        let made = try await Program(path: "/usr/bin/openssl", arguments, environment: environment).wait()
        guard made.status == 0 else { throw NeverHappened(description: made.errors) }
    }

    private static func newKey(_ path: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]
    }
}

/// The settings of `openssl ca`: what a request asks for, and the identifiers of keys that a strict client wants
/// (https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1).
private let signing = """
    [ca]
    default_ca = tests
    [tests]
    database = $ENV::FOLDER/issued
    new_certs_dir = $ENV::FOLDER
    rand_serial = yes
    default_md = sha256
    unique_subject = no
    copy_extensions = copy
    policy = names
    x509_extensions = identifiers
    [names]
    commonName = supplied
    [identifiers]
    subjectKeyIdentifier = hash
    authorityKeyIdentifier = keyid
    """
