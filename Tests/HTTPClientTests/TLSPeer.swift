import TestSupport

/// A server that speaks TLS with a certificate it has signed itself, and tells what it was sent.
final class TLSPeer: Sendable {
    let port: UInt16
    /// The path of the certificate, for those who want to trust it.
    let certificate: String
    private let folder: TemporaryFolder
    private let program: Program

    /// `name` is the IP address the certificate is for.
    init(name: String) async throws {
        folder = try TemporaryFolder()
        certificate = folder.path + "/certificate.pem"
        let key = folder.path + "/key.pem"
        let request = try Program(
            path: "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:\(name)", "-keyout", key, "-out", certificate,
            ])
        let made = await request.wait()
        guard made.status == 0 else { throw NeverHappened(description: made.errors) }
        let program = try Program(path: "/usr/bin/python3", ["-u", "-c", server, certificate, key])
        self.program = program
        port = try await eventually("the peer listens") {
            program.standardOutput.split(separator: "\n").first.flatMap { UInt16($0) }
        }
    }

    /// What came through TLS over the first connection, once that is over; empty where nothing did.
    func firstRequest() async throws -> String {
        try await eventually("the first connection ends") {
            guard let end = program.standardOutput.firstRange(of: "\n--\n") else { return nil }
            return program.standardOutput[..<end.lowerBound].split(separator: "\n").dropFirst().joined(separator: "\n")
        }
    }
}

private let server = """
    import socket, ssl, sys
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1])
    while True:
        connection = listener.accept()[0]
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                print(secured.recv(65536).decode())
                secured.sendall(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
        except OSError:
            pass
        print("--")
    """
