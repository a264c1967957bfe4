import HTTPServer
import Testing

struct ClientPolicyTests {
    private static let missing = "A client certificate is needed."
    private static let untrusted = "The client certificate is not trusted."
    private static let name = "The client certificate is for none of the allowed names."

    @Test(
        "each demand has its own view of no certificate, an untrusted and a trusted one",
        arguments: [
            (ClientPolicy.Demand.none, nil, nil), (.request, nil, nil), (.requireAny, missing, nil),
            (.verifyIfGiven, nil, untrusted), (.requireAndVerify, missing, untrusted),
        ] as [(ClientPolicy.Demand, String?, String?)])
    func demands(demand: ClientPolicy.Demand, none: String?, untrusted: String?) {
        let policy = ClientPolicy(demand)
        #expect(policy.fault(of: nil) == none)
        #expect(policy.fault(of: ClientCertificate(isTrusted: false, names: [])) == untrusted)
        #expect(policy.fault(of: ClientCertificate(isTrusted: true, names: [])) == nil)
    }

    @Test func `one of the allowed names must be among those of the certificate, exactly`() {
        let policy = ClientPolicy(.requireAndVerify, allowedNames: ["a.example", "10.0.0.1"])
        func fault(_ names: String...) -> String? { policy.fault(of: ClientCertificate(isTrusted: true, names: names)) }
        #expect(fault("x", "10.0.0.1") == nil)
        #expect(fault("a.example") == nil)
        #expect(fault() == Self.name)
        #expect(fault("A.example", "*.example", "b.a.example", "10.0.0.10") == Self.name)
        #expect(policy.fault(of: ClientCertificate(isTrusted: false, names: ["a.example"])) == Self.untrusted)
    }
}
