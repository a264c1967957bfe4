/// Which clients a server with TLS serves, by their certificates.
///
/// Clients are asked for a certificate in the handshake, and judged at each request, so that some paths can be left open
/// to those without one.
package struct ClientPolicy: Hashable, Sendable {
    /// As in https://pkg.go.dev/crypto/tls#ClientAuthType.
    package enum Demand: Sendable {
        /// No certificate is asked for.
        case none
        /// Asked for, and any or none will do.
        case request
        case requireAny
        /// None will do, but one that is shown must be good.
        case verifyIfGiven
        case requireAndVerify
    }

    package let demand: Demand
    /// One of these must be a subject alternative name of the certificate; every name will do where there are none.
    package let allowedNames: [String]

    package init(_ demand: Demand, allowedNames: [String] = []) {
        self.demand = demand
        self.allowedNames = allowedNames
    }

    /// Whether certificates are compared with authorities.
    package var verifies: Bool { demand == .verifyIfGiven || demand == .requireAndVerify }
    private var requires: Bool { demand == .requireAny || demand == .requireAndVerify }

    /// Why a client with this certificate, or none, is not served, as a sentence to tell it; nil if it is.
    package func fault(of certificate: ClientCertificate?) -> String? {
        guard let certificate else { return requires ? "A client certificate is needed." : nil }
        guard certificate.isTrusted || !verifies else { return "The client certificate is not trusted." }
        guard allowedNames.isEmpty || certificate.names.contains(where: allowedNames.contains) else {
            return "The client certificate is for none of the allowed names."
        }
        return nil
    }
}

/// The certificate a client has shown; that it has the key was proven in the handshake.
package struct ClientCertificate: Equatable, Sendable {
    /// Whether it descends from one of the client authorities, and is valid now, and for clients.
    package let isTrusted: Bool
    /// Its subject alternative names: of the DNS, e-mail addresses, IP addresses, URIs.
    package let names: [String]

    package init(isTrusted: Bool, names: [String]) {
        self.isTrusted = isTrusted
        self.names = names
    }
}
