internal import Files
internal import HTTPServer
internal import StrictYAML

/// The section `tls_server_config` of a web configuration.
struct TLSSection {
    /// Nil for plain HTTP.
    let context: TLSContext?
    private(set) var warnings: [String] = []

    /// Nil where anything is wrong, which is noted. Paths are relative to the folder of `file`, which the section is in.
    ///
    /// As in the toolkit, an empty text is as good as none for certificates, keys and `client_auth_type`, and a section
    /// without any of these is plain HTTP: https://github.com/prometheus/exporter-toolkit/blob/master/web/tls_config.go
    /// Other keys alone, with a value, are refused all the same: they are somebody's wish for TLS.
    init?(_ section: YAMLMapping, of file: String, _ files: inout FileStamps) {
        var reader = PEMReader(section: section, file: file, files: files)
        let certificates = reader.text("cert")
        let key = reader.text("key")
        let authorities = reader.text("client_ca")
        files = reader.files
        let policy = clientPolicy(in: section)
        let protocols = protocols(in: section)
        guard !Self.keys.allSatisfy({ section.isEmptyOrMissing($0) }) else {
            context = nil
            if !section.isEmpty {
                warnings = ["\(file): tls_server_config has no values: plain HTTP is served, which everybody can read"]
            }
            return
        }
        for name in ["cert", "key"] where section.isEmptyOrMissing(name) && section.isEmptyOrMissing(name + "_file") {
            section.note(name + "_file", "is missing; TLS needs a certificate and its key")
        }
        guard let certificates, let key, let policy, let protocols else { return nil }
        let settings = TLSSettings(
            certificates: certificates, key: key, clientAuthorities: authorities, clientPolicy: policy,
            protocols: protocols)
        do { context = try TLSContext(settings) } catch {
            section.note(Self.key(of: error.part, in: section), error.description)
            return nil
        }
        warnings = reader.warnings
        if policy.verifies, authorities == nil {
            warnings.append(
                "client certificates are compared with the system's authorities, whose certificates anybody can get; set"
                    + " tls_server_config.client_ca_file")
        }
    }

    /// The keys of the section.
    private static let keys = [
        "cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file", "client_auth_type",
        "client_allowed_sans",
        "min_version", "max_version", "cipher_suites", "curve_preferences", "prefer_server_cipher_suites",
    ]

    /// The key to blame.
    private static func key(of part: TLSFault.Part, in section: YAMLMapping) -> String {
        switch part {
        case .certificates: section.isEmptyOrMissing("cert") ? "cert_file" : "cert"
        case .key: section.isEmptyOrMissing("key") ? "key_file" : "key"
        case .clientAuthorities: section.isEmptyOrMissing("client_ca") ? "client_ca_file" : "client_ca"
        case .protocols: section.has("cipher_suites") ? "cipher_suites" : "min_version"
        }
    }
}

/// Reads what may stand in the file itself or in one that it names.
private struct PEMReader {
    let section: YAMLMapping
    /// The one that the section is in.
    let file: String
    private(set) var files: FileStamps
    private(set) var warnings: [String] = []

    init(section: YAMLMapping, file: String, files: FileStamps) {
        self.section = section
        self.file = file
        self.files = files
    }

    /// The text of `name` or of the file in `name_file`; nil where neither is there, or where it cannot be read, which is
    /// noted.
    mutating func text(_ name: String) -> String? {
        let inline = section.textOrNothing(name, "certificates or a key in PEM")
        guard let named = section.textOrNothing(name + "_file", "the path of a file") else {
            if name == "key", inline != nil { warnIfOthersMayReadKey() }
            return inline
        }
        guard section.isEmptyOrMissing(name) else {
            section.note(name, "is there as well as \(name)_file; leave one of them out")
            return nil
        }
        guard !named.contains(where: \.isNewline), !named.contains("-----BEGIN") else {
            section.note(name + "_file", "holds PEM, and not the path of a file; put it under \(name)")
            return nil
        }
        let path = named.hasPrefix("/") ? named : folder + named
        files.note(path)
        if name == "key", isReadableByEverybody(path) {
            warnings.append("\(path) is a private key that everybody on this machine may read; chmod 640")
        }
        do { return try readFile(path) } catch {
            // The key itself, in Base64, may be in the place of its path.
            let isPath = named.hasPrefix("/") || named.contains(".")
            section.note(name + "_file", "\(isPath ? path : "the file") cannot be read: \(error)")
            return nil
        }
    }

    private var folder: String { file.lastIndex(of: "/").map { String(file[...$0]) } ?? "" }

    private mutating func warnIfOthersMayReadKey() {
        guard let openness = opennessOfFile(file) else { return }
        warnings.append("\(file) holds a private key and has \(openness)")
    }
}

private func clientPolicy(in section: YAMLMapping) -> ClientPolicy? {
    let demands: [(name: String, demand: ClientPolicy.Demand)] = [
        ("NoClientCert", .none), ("RequestClientCert", .request), ("RequireAnyClientCert", .requireAny),
        ("VerifyClientCertIfGiven", .verifyIfGiven), ("RequireAndVerifyClientCert", .requireAndVerify),
        // As the toolkit still takes it.
        ("RequireClientCert", .requireAny),
    ]
    let known = demands.dropLast().map(\.name).joined(separator: ", ")
    let demand = section.value("client_auth_type", "one of \(known)") { name in
        name.isEmpty ? ClientPolicy.Demand.none : demands.first { $0.name == name }?.demand
    }
    let names = section.texts("client_allowed_sans")
    guard let demand = demand ?? (section.has("client_auth_type") ? nil : .some(.none)) else { return nil }
    for key in ["client_ca", "client_ca_file"] where demand == .none && !section.isEmptyOrMissing(key) {
        section.note(key, "nobody is asked for a certificate; set client_auth_type to RequireAndVerifyClientCert")
    }
    if names?.isEmpty == true {
        section.note("client_allowed_sans", "is empty: nobody would be served; name somebody or leave it out")
        return nil
    }
    if names != nil, demand != .requireAny, demand != .requireAndVerify {
        section.note(
            "client_allowed_sans",
            "needs client_auth_type RequireAndVerifyClientCert: others serve clients without a certificate")
    }
    return ClientPolicy(demand, allowedNames: names ?? [])
}

private func protocols(in section: YAMLMapping) -> TLSProtocols? {
    var protocols = TLSProtocols()
    let minimum = version("min_version", in: section)
    let maximum = version("max_version", in: section)
    let suites = section.values("cipher_suites", "a cipher suite of Go's crypto/tls", TLSCipherSuite.init)
    let curves = section.values(
        "curve_preferences", "one of \(TLSCurve.allCases.map(\.rawValue).joined(separator: ", "))", TLSCurve.init)
    protocols.prefersServerOrder = section.boolean("prefer_server_cipher_suites") ?? true
    protocols.minimum = minimum ?? .tls12
    protocols.maximum = maximum ?? .tls13
    protocols.cipherSuites = suites ?? []
    protocols.curves = curves ?? []
    let isWhole =
        [("min_version", minimum == nil), ("max_version", maximum == nil), ("cipher_suites", suites == nil)]
        .allSatisfy { !($1 && section.has($0)) } && !(curves == nil && section.has("curve_preferences"))
    return isWhole ? protocols : nil
}

private func version(_ key: String, in section: YAMLMapping) -> TLSProtocols.Version? {
    section.value(
        key, "TLS12 or TLS13 (RFC 8996 forbids TLS 1.0 and 1.1; this server does not speak them)"
    ) { name in
        switch name {
        case "TLS12": .tls12
        case "TLS13": .tls13
        default: nil
        }
    }
}
