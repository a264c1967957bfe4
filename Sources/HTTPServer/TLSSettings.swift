/// What a server shows of itself over TLS, and what it asks of its clients. Texts are PEM.
package struct TLSSettings: Sendable {
    /// The server's certificate and then those that lead from it to an authority that clients know.
    package var certificates: String
    /// Without a passphrase.
    package var key: String
    /// The certificates that verified clients descend from; those of the system where nil.
    package var clientAuthorities: String?
    package var clientPolicy: ClientPolicy
    package var protocols: TLSProtocols

    package init(
        certificates: String, key: String, clientAuthorities: String? = nil,
        clientPolicy: ClientPolicy = ClientPolicy(.none), protocols: TLSProtocols = TLSProtocols()
    ) {
        self.certificates = certificates
        self.key = key
        self.clientAuthorities = clientAuthorities
        self.clientPolicy = clientPolicy
        self.protocols = protocols
    }
}

/// What is wrong with a `TLSSettings`, and with which part of it.
package struct TLSFault: Error, Equatable, CustomStringConvertible {
    package enum Part: Sendable {
        case certificates, key, clientAuthorities, protocols
    }

    package let part: Part
    /// What is wrong and what to do; repeats nothing of a key.
    package let description: String
}
