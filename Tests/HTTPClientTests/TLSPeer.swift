import TestSupport

/// A server that speaks TLS with a certificate it has signed itself, and tells what it was sent.
final class TLSPeer: Sendable {
    let port: UInt16
    /// The path of the certificate, for those who want to trust it.
    let certificate: String
    private let folder: TemporaryFolder
    private let program: Program

    /// A program that speaks TLS with the certificate and key in its arguments, on a port it prints first.
    enum Script {
        /// Prints what comes over a connection, and a line after it; answers once.
        case oneAnswer
        /// Prints the connection's number and the path of each request. The first connection answers one request only.
        case silentHTTP2

        fileprivate var text: String {
            switch self {
            case .oneAnswer: server
            case .silentHTTP2: silentHTTP2Server
            }
        }
    }

    /// `name` is the IP address the certificate is for.
    init(name: String, script: Script = .oneAnswer) async throws {
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
        let program = try Program(path: "/usr/bin/python3", ["-u", "-c", script.text, certificate, key])
        self.program = program
        port = try await eventually("the peer listens") {
            program.standardOutput.split(separator: "\n").first.flatMap { UInt16($0) }
        }
    }

    /// The first lines that the program has printed after the port, as soon as there are so many.
    func lines(_ count: Int) async throws -> [String] {
        try await eventually("the peer prints \(count) lines") {
            let lines = program.standardOutput.split(separator: "\n").dropFirst().map(String.init)
            return lines.count >= count ? lines : nil
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

/// As much of HTTP/2 as a GET needs: frames (RFC 9113, section 4.1), and of HPACK the static table's `:status: 204` to
/// answer with, and a literal `:path` (RFC 7541, section 6.2), which of two characters is not worth a Huffman code.
private let silentHTTP2Server = """
    import socket, ssl, sys, threading
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1])

    def frame(kind, flags, stream, payload=b""):
        return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload

    def exactly(connection, count):
        data = b""
        while len(data) < count:
            part = connection.recv(count - len(data))
            if not part:
                raise OSError("closed")
            data += part
        return data

    def serve(number, connection):
        answered = 0
        try:
            with context.wrap_socket(connection, server_side=True) as client:
                exactly(client, 24)
                client.sendall(frame(4, 0, 0))
                while True:
                    head = exactly(client, 9)
                    payload = exactly(client, int.from_bytes(head[:3], "big"))
                    kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], "big")
                    if kind == 4 and not flags & 1:
                        client.sendall(frame(4, 1, 0))
                    if kind == 1:
                        print(number, path(payload))
                        if number > 1 or answered == 0:
                            answered += 1
                            client.sendall(frame(1, 5, stream, b"\\x89"))
        except OSError:
            pass

    def path(block):
        at = next(i for i in range(len(block)) if block[i] in (0x04, 0x44) and block[i + 1 : i + 3] == b"\\x02/")
        return block[at + 2 : at + 4].decode()

    number = 0
    while True:
        connection = listener.accept()[0]
        number += 1
        threading.Thread(target=serve, args=(number, connection), daemon=True).start()
    """
