import HTTPServer
import Testing

@Suite struct WeightedItemTests {
    /// Each item as a line.
    private func read(_ header: String) -> [String] {
        WeightedItem.list(header).map { item in
            item.parameters.reduce(item.name) { "\($0);\($1.name)=\($1.value)" } + " \(item.weight)"
        }
    }

    @Test(
        "items, parameters and weights are read in any spelling that is allowed",
        arguments: [
            ("", []), ("gzip", ["gzip 1000"]), ("GZIP;Q=0.5", ["gzip 500"]), ("*", ["* 1000"]),
            (" text/plain \t; version=0.0.4 ;q=0.25 , */*;q=0.1", ["text/plain;version=0.0.4 250", "*/* 100"]),
            (
                "a;q=0,b;q=0.,c;q=0.000,d;q=1,e;q=1.,f;q=1.000,g;q=0.001,h;q=0.02,i;q=0.9999",
                ["a 0", "b 0", "c 0", "d 1000", "e 1000", "f 1000", "g 1", "h 20", "i 999"]
            ),
            ("a;q=0.3;version=1", ["a;version=1 300"]), ("a;;q=0.3;", ["a 300"]), (",,a, ,b,", ["a 1000", "b 1000"]),
            ("a;x=\"1,2;\\\"3\\\\\";q=0.1,b", ["a;x=1,2;\"3\\ 100", "b 1000"]), ("a;x=\"\"", ["a;x= 1000"]),
            ("application/openmetrics-text;Version=1.0.0", ["application/openmetrics-text;version=1.0.0 1000"]),
        ] as [(String, [String])])
    func items(header: String, expected: [String]) {
        #expect(read(header) == expected)
    }

    @Test(
        "what is malformed is left out, and what is not stays",
        arguments: [
            "a b", "a;q", "a;q=", "a;q=2", "a;q=1.001", "a;q=-1", "a;q=NaN", "a;q=inf", "a;q=0x1", "a;q=1e0", "a;q=.5",
            "a;q=0,5;", "a;q=00.5", "a;q=\"", "a;=1", "a;x y=1", "a;x=1 2", "a;x=\"1\"2", "a;x=\"1", "a;x=\"1\\\"",
            "\u{0}",
            "a\u{0}", "é", "a;é=1", "a;x=é", "a;q=٣", "\"a\"", "a@b", "a=b", ";q=1", "[", "a\r\nb",
        ])
    func malformed(header: String) {
        // A decimal comma makes two items, of which the second is one; a quote that is not closed takes what follows along.
        let expected = header.contains(",") ? ["5 1000", "kept 1000"] : ["kept 1000"]
        let isOpen = ["a;q=\"", "a;x=\"1", "a;x=\"1\\\""].contains(header)
        #expect(read(header + ",kept").filter { $0 != "a 0" } == (isOpen ? [] : expected))
        #expect(read("kept," + header).filter { $0 != "a 0" } == (isOpen ? ["kept 1000"] : expected.reversed()))
    }
}
