/// The proxies that the environment names, chosen as curl does: https://curl.se/libcurl/c/libcurl-env.html
///
/// A variable that is set but empty is not set. `HTTP_PROXY` is not among them, since a web server sets it to what a client
/// sends (https://httpoxy.org).
package struct ProxyVariables: Sendable {
    private static let proxies = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    private static let exceptions = ["no_proxy", "NO_PROXY"]

    private let addresses: [String: Result<ProxyAddress, ProxyFault>]
    /// One line for each variable that does not mean what it should: its name and what to do, nothing of its value.
    package let faults: [String]

    /// `environment` returns the value of a variable.
    package init(environment: (String) -> String?) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        var addresses: [String: Result<ProxyAddress, ProxyFault>] = [:]
        for name in Self.proxies {
            if let text = value(name) {
                addresses[name] = Result { () throws(ProxyFault) in try ProxyAddress(text) }
            }
        }
        self.addresses = addresses
        let wrong = Self.proxies.compactMap { name in addresses[name]?.fault.map { "\(name): \($0.rawValue)" } }
        let lists = Self.exceptions.filter { value($0).map { $0.contains("@") || $0.contains("://") } ?? false }
        faults = wrong + lists.map { "\($0): \(ProxyFault.list.rawValue)" }
    }

    /// The proxy for a URL, unless `no_proxy` excepts its host; nil for none. Throws `network` where the variable that
    /// names it is wrong.
    func proxy(for url: String) throws(HTTPClientError) -> ProxyAddress? {
        let own = url.lowercased().hasPrefix("https:") ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        guard let name = (own + ["all_proxy", "ALL_PROXY"]).first(where: { addresses[$0] != nil }) else { return nil }
        do { return try addresses[name]?.get() } catch { throw .network("\(name): \(error.rawValue)") }
    }
}

extension Result {
    fileprivate var fault: Failure? {
        if case .failure(let fault) = self { fault } else { nil }
    }
}
