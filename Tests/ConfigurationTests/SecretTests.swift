import Foundation
import TestSupport
import Testing

@testable import Configuration

/// The contents of files and variables that are taken for a secret, and those that are refused.
struct SecretTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func secret(_ bytes: [UInt8]) throws -> String {
        let path = folder.path + "/secret"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try Secret(path: path).current
    }

    @Test(
        "blanks, line breaks and a byte order mark around a secret are forgiven",
        arguments: ["hush", "hush\n", "\r\n hush\t\r\n", "\u{FEFF}hush\n", "\u{FEFF}\u{FEFF}hush\u{FEFF}"])
    func forgiven(text: String) throws {
        #expect(try secret(Array(text.utf8)) == "hush")
        #expect(try Secret(environment: "X", value: text).current == "hush")
    }

    @Test("a secret may have letters of any script, and blanks inside")
    func letters() throws {
        #expect(try secret(Array("pässwörd of ours, 密\n".utf8)) == "pässwörd of ours, 密")
    }

    static let faults: [(bytes: [UInt8], fault: String)] = [
        ([0xff, 0xfe] + Array("h\0u\0s\0h\0".utf8), "it is UTF-16; save it as UTF-8"),
        ([0xfe, 0xff] + Array("\0h\0u\0s\0h".utf8), "it is UTF-16; save it as UTF-8"),
        (Array("h\0u\0s\0h\0\n\0".utf8), "it has a NUL byte, as UTF-16 has; save it as UTF-8"),
        (Array("hush\0".utf8), "it has a NUL byte, as UTF-16 has; save it as UTF-8"),
        ([0x68, 0xfc, 0x73, 0x68], "it is not UTF-8; save it as UTF-8"),
        (Array("hu\nsh\n".utf8), "it has more than one line; keep the secret alone"),
        (Array("hu\u{2028}sh".utf8), "it has more than one line; keep the secret alone"),
        (Array("hu\u{1b}[0msh".utf8), "it has a control character, or an invisible one, in it; write it anew"),
        (Array("hu\tsh".utf8), "it has a control character, or an invisible one, in it; write it anew"),
        (Array("hu\u{200b}sh".utf8), "it has a control character, or an invisible one, in it; write it anew"),
        (Array("hush\u{7f}".utf8), "it has a control character, or an invisible one, in it; write it anew"),
        (Array(" \u{FEFF}\n".utf8), "it is empty"), ([], "it is empty"),
    ]

    @Test("what would not be sent as it was meant is refused with why, and not repeated", arguments: faults)
    func refused(bytes: [UInt8], fault: String) throws {
        #expect {
            try secret(bytes)
        } throws: { "\($0)" == fault }
        guard let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") else { return }
        #expect {
            try Secret(environment: "X", value: text)
        } throws: { "\($0)" == fault }
    }

    @Test("a variable that is not UTF-8 is refused")
    func environment() {
        #expect {
            try Secret(environment: "X", value: String(decoding: [0x68, 0xfc] as [UInt8], as: UTF8.self))
        } throws: { "\($0)" == "it is not UTF-8; save it as UTF-8" }
    }

    @Test("a file that turns bad leaves the last secret in force")
    func rotation() throws {
        #expect(try secret(Array("first".utf8)) == "first")
        let held = try Secret(path: folder.path + "/secret")
        try Data([0xff, 0xfe, 0x68, 0]).write(to: URL(fileURLWithPath: folder.path + "/secret"))
        #expect(held.current == "first")
    }
}
