import HTTPServer
import TestSupport
import Testing

struct ListeningTests {
    private func serve(_ address: String) throws -> Server {
        try Server(listening: ListenAddress(address)) { _ in .text(200, "here") }
    }

    private func body(_ server: Server, host: String) throws -> String {
        let client = try RawSocket(port: server.port, host: host)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        return try client.readResponse().body
    }

    @Test func `without a host the server listens on IPv4 and IPv6`() throws {
        let server = try serve(":0")
        #expect(try body(server, host: "127.0.0.1") == "here")
        #expect(try body(server, host: "::1") == "here")
    }

    @Test func `an IPv6 address is IPv6 only`() throws {
        let server = try serve("[::1]:0")
        #expect(try body(server, host: "::1") == "here")
        // An address of this machine at which no other test listens, which may have been given the same port.
        #expect(throws: RawSocketError.self) { try RawSocket(port: server.port, host: "127.77.77.77") }
    }

    @Test func `a name is resolved`() throws {
        let server = try serve("localhost:0")
        #expect(server.port != 0)
    }

    @Test(arguments: ["127.0.0.1", "", "[::1]"])
    func `a port in use is one line that says what to do`(host: String) throws {
        let first = try serve("\(host):0")
        let error = #expect(throws: ServerError.self) { try serve("\(host):\(first.port)") }
        #expect(
            error?.description == "cannot listen on \(host):\(first.port): address already in use; "
                + "stop the program that holds it or choose another listen address")
    }

    @Test func `an address of another machine is one line that says what to do`() throws {
        // 192.0.2.0/24 is reserved for documentation: no machine has it.
        let error = #expect(throws: ServerError.self) { try serve("192.0.2.1:0") }
        #expect(
            error?.description
                == "cannot listen on 192.0.2.1:0: this machine has no such address; choose another listen address")
    }

    @Test func `a name that nobody knows is one line`() throws {
        let error = #expect(throws: ServerError.self) { try serve("no_such_host.invalid:0") }
        #expect(error?.description.hasPrefix("cannot listen on no_such_host.invalid:0: ") == true)
        #expect(error?.description.hasSuffix("; choose another host") == true)
    }

    @Test func `a server listens on several addresses`() throws {
        let server = try Server(listening: [ListenAddress("127.0.0.1:0"), ListenAddress("[::1]:0")]) { _ in
            .text(200, "here")
        }
        for (socket, host) in zip(server.sockets, ["127.0.0.1", "::1"]) {
            let client = try RawSocket(port: socket.port, host: host)
            try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try client.readResponse().body == "here")
        }
        server.stop(drain: .zero)
        for (socket, host) in zip(server.sockets, ["127.0.0.1", "::1"]) {
            #expect(throws: RawSocketError.self) { try RawSocket(port: socket.port, host: host) }
        }
    }

    @Test func `of several addresses the one that cannot be used is named, and nobody listens on the others`() throws {
        let other = try serve("127.0.0.1:0")
        let free = try serve("127.0.0.1:0")
        free.stop(drain: .zero)
        let addresses = try [free.port, other.port].map { try ListenAddress("127.0.0.1:\($0)") }
        let error = #expect(throws: ServerError.self) { try Server(listening: addresses) { _ in .text(200, "here") } }
        #expect(
            error?.description == "cannot listen on 127.0.0.1:\(other.port): address already in use; "
                + "stop the program that holds it or choose another listen address")
        #expect(throws: RawSocketError.self) { try RawSocket(port: free.port) }
    }

    @Test(
        "listen addresses are read and written",
        arguments: [
            (":10042", nil, 10042), ("127.0.0.1:10042", "127.0.0.1", 10042), ("[::1]:10042", "::1", 10042),
            ("[fe80::1]:0", "fe80::1", 0), ("localhost:65535", "localhost", 65535), ("0.0.0.0:80", "0.0.0.0", 80),
            ("my-host.example:1", "my-host.example", 1),
        ] as [(String, String?, UInt16)])
    func reads(text: String, host: String?, port: UInt16) throws {
        let address = try ListenAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.description == text)
    }

    @Test(
        "anything else is refused with what is wrong",
        arguments: [
            ("", "the port is missing"), ("10042", "the port is missing"), ("localhost", "the port is missing"),
            (":", "the port is not a number from 0 to 65535"), (":65536", "the port is not a number from 0 to 65535"),
            (":-1", "the port is not a number from 0 to 65535"), (":+1", "the port is not a number from 0 to 65535"),
            (":http", "the port is not a number from 0 to 65535"), (": 80", "the port is not a number from 0 to 65535"),
            ("::1:80", "the host is not an address or a name"), ("[::1:80", "the host is not an address or a name"),
            ("[127.0.0.1]:80", "the host is not an address or a name"),
            ("[]:80", "the host is not an address or a name"),
            ("300.1.1.1:80", "the host is not an address or a name"),
            ("1.2.3:80", "the host is not an address or a name"),
            ("a b:80", "the host is not an address or a name"), ("http://x:80", "the host is not an address or a name"),
            ("[:80", "the host is not an address or a name"), ("é:80", "the host is not an address or a name"),
        ])
    func refuses(text: String, problem: String) {
        let error = #expect(throws: ListenAddressError.self) { try ListenAddress(text) }
        #expect(error?.text == text)
        #expect(error?.problem == problem)
    }

    @Test(arguments: [
        (":0", "http://localhost:8080"), ("127.0.0.1:0", "http://127.0.0.1:8080"), ("[::1]:0", "http://[::1]:8080"),
    ])
    func `an address has a URL`(text: String, url: String) throws {
        #expect(try ListenAddress(text).url(port: 8080) == url)
    }

    @Test func `a bad listen address is one line with examples`() {
        let error = #expect(throws: ListenAddressError.self) { try ListenAddress("10042") }
        #expect(
            error?.description == "bad listen address \"10042\": the port is missing; "
                + "write it like :10042, 127.0.0.1:10042 or [::1]:10042")
    }
}
