import Foundation
import TestSupport

/// A server that speaks TLS before an API that does not, with a certificate that can be changed. One request a connection.
final class TLSFront: Sendable {
    /// A certificate that has signed itself.
    enum Certificate: String, CaseIterable {
        case good
        case otherName = "other_name"
        case expired
        /// Like the good one, but not among those in `trusted`.
        case unknown

        /// The address it is for.
        fileprivate var name: String { self == .otherName ? "127.0.0.2" : "127.0.0.1" }
        fileprivate var days: Int { self == .expired ? -1 : 1 }
    }

    let baseURL: String
    /// The path of a file of the certificates to trust: all but the unknown one.
    let trusted: String
    private let folder: TemporaryFolder
    private let program: Program

    /// Starts with the good certificate.
    init(before api: FaultyAPI) async throws {
        folder = try TemporaryFolder()
        trusted = folder.path + "/trusted.pem"
        var known = ""
        for certificate in Certificate.allCases {
            let text = try await Self.make(certificate, in: folder.path)
            if certificate != .unknown { known += text }
        }
        try known.write(toFile: trusted, atomically: true, encoding: .utf8)
        let program = try Program(
            path: "/usr/bin/python3",
            ["-u", "-c", front, folder.path, String(api.baseURL.split(separator: ":").last ?? "")])
        self.program = program
        let port = try await eventually("the front listens") {
            program.standardOutput.split(separator: "\n").first.flatMap { Int($0) }
        }
        baseURL = "https://127.0.0.1:\(port)"
        try show(.good)
    }

    /// From now on, shows this certificate to whoever connects.
    func show(_ certificate: Certificate) throws {
        try certificate.rawValue.write(toFile: folder.path + "/current", atomically: true, encoding: .utf8)
    }

    /// How many requests have come from clients that were shown this certificate.
    func requests(under certificate: Certificate) -> Int {
        program.standardOutput.split(separator: "\n").count { $0 == certificate.rawValue }
    }

    /// Returns the certificate, which is stored beside its key.
    private static func make(_ certificate: Certificate, in folder: String) async throws -> String {
        let path = "\(folder)/\(certificate.rawValue)"
        try await openSSL(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=\(certificate.name)", "-addext", "subjectAltName=IP:\(certificate.name)", "-keyout", path + ".key",
            "-out", path + ".request")
        try await openSSL(
            "x509", "-req", "-in", path + ".request", "-signkey", path + ".key", "-copy_extensions", "copy", "-days",
            "\(certificate.days)", "-out", path + ".pem")
        return try String(contentsOfFile: path + ".pem", encoding: .utf8)
    }

    private static func openSSL(_ arguments: String...) async throws {
        let made = try await Program(path: "/usr/bin/openssl", arguments).wait()
        guard made.status == 0 else { throw NeverHappened(description: made.errors) }
    }
}

private let front = """
    import socket, ssl, sys, threading
    folder, upstream = sys.argv[1], int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1])

    def serve(connection):
        with open(folder + "/current") as current:
            name = current.read()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
        try:
            with context.wrap_socket(connection, server_side=True) as client:
                request = client.recv(65536)
                if not request:
                    return
                print(name)
                with socket.create_connection(("127.0.0.1", upstream)) as api:
                    api.sendall(request)
                    while answer := api.recv(65536):
                        client.sendall(answer)
        except OSError:
            pass

    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """
