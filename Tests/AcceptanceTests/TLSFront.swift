import Foundation
import TestSupport

/// A server that speaks TLS before an API that does not, with a certificate that can be changed. One request a connection.
final class TLSFront: Sendable {
    /// A certificate to show.
    enum Certificate: String, CaseIterable {
        case good
        case otherName = "other_name"
        case expired
        /// Like the good one, but not of the authority in `trusted`.
        case unknown

        /// The address it is for.
        fileprivate var address: String { self == .otherName ? "127.0.0.2" : "127.0.0.1" }
    }

    let baseURL: String
    /// The path of a file with the authority to trust.
    let trusted: String
    private let certificates: Certificates
    private let program: Program

    /// Starts with the good certificate.
    init(before api: FaultyAPI) async throws {
        certificates = try await Certificates()
        trusted = certificates.pem("authority")
        for certificate in Certificate.allCases {
            try await certificates.make(
                certificate.rawValue, by: certificate == .unknown ? "rogue" : "authority",
                names: "IP:\(certificate.address)", validity: certificate == .expired ? .past : .now)
        }
        let program = try Program(
            path: "/usr/bin/python3",
            ["-u", "-c", front, certificates.path, String(api.baseURL.split(separator: ":").last ?? "")])
        self.program = program
        let port = try await eventually("the front listens") {
            program.standardOutput.split(separator: "\n").first.flatMap { Int($0) }
        }
        baseURL = "https://127.0.0.1:\(port)"
        try show(.good)
    }

    /// From now on, shows this certificate to whoever connects.
    func show(_ certificate: Certificate) throws {
        try certificates.write(certificate.rawValue, to: "current")
    }

    /// How many requests have come from clients that were shown this certificate.
    func requests(under certificate: Certificate) -> Int {
        program.standardOutput.split(separator: "\n").count { $0 == certificate.rawValue }
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
