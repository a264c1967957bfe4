import Testing

@testable import Passwords

struct PasswordHashTests {
    /// From the tests of the implementation that others copy: https://www.openwall.com/crypt/
    @Test(arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        ("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ])
    func `knows its password and no other`(password: String, text: String) throws {
        let hash = try PasswordHash(text)
        #expect(hash.cost == 5)
        #expect(hash.matches(Array(password.utf8)))
        #expect(!hash.matches(Array((password + "x").utf8)))
        #expect(!hash.matches([0] + Array(password.utf8)))
        #expect(!hash.matches(Array(password.utf8) + [0]))
    }

    @Test func `a password of any length is tried, by its first 72 bytes`() throws {
        let hash = try PasswordHash("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
        #expect(!hash.matches([UInt8](repeating: UInt8(ascii: "a"), count: 100_000)))
        // From the same tests: 72 bytes, and what follows does not count.
        let long = try PasswordHash("$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui")
        let password =
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored"
        #expect(long.matches(Array(password.utf8)))
    }

    @Test func `hashes that differ anywhere, in any bits, are not the same`() {
        let hash = Array("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".utf8)
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        #expect(isSame(text(hash), text(hash)))
        for place in hash.indices {
            for byte in UInt8(0x21)..<0x7f where byte != hash[place] {
                var other = hash
                other[place] = byte
                #expect(!isSame(text(hash), text(other)))
                // And one more, which must not make up for it.
                if place < hash.count - 1 { other[hash.count - 1] ^= 1 }
                #expect(!isSame(text(hash), text(other)))
            }
        }
        #expect(!isSame(text(hash), text(Array(hash.dropLast()))))
    }

    @Test func `of many wrong passwords none is right`() throws {
        let hash = try PasswordHash("$2y$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
        #expect((0..<500).allSatisfy { !hash.matches(Array("guess \($0)".utf8)) })
    }

    @Test(
        "what is no bcrypt hash is refused without showing it",
        arguments: [
            ("", "is no bcrypt hash"), ("secret", "is no bcrypt hash"),
            ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "is no bcrypt"),
            ("$apr1$abcdefgh$WvU2Tyq8JvHpj3hB1dN0g0", "is no bcrypt hash"),
            ("$6$salt$" + String(repeating: "a", count: 86), "is no bcrypt hash"),
            ("$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "is no bcrypt hash"),
            ("$2y$10$", "is a bcrypt hash that is cut short or damaged"),
            ("$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeS", "is a bcrypt hash that is cut short"),
            ("$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDe i", "is a bcrypt hash that is cut short"),
            ("$2y$1$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", "is a bcrypt hash that is cut short"),
            ("$2y$03$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", "has a cost of 3; take one from 4 to 18"),
            ("$2y$19$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", "has a cost of 19; take one from 4 to 18"),
        ])
    func refuses(text: String, problem: String) {
        let error = #expect(throws: PasswordHashError.self) { try PasswordHash(text) }
        #expect(error?.description.hasPrefix(problem) == true)
        #expect(text.count < 8 || error?.description.contains(text.suffix(8)) == false)
    }

    @Test func `a decoy takes the work of its cost, and matches nothing`() {
        let decoy = PasswordHash.decoy(cost: 4)
        #expect(decoy.cost == 4)
        #expect(decoy.hashed(Array("secret".utf8))?.hasPrefix("$2y$04$./././") == true)
        #expect(!decoy.matches(Array("secret".utf8)))
        #expect(!decoy.matches([]))
    }

    @Test func `nothing that prints a hash or a login shows it`() throws {
        let hash = try PasswordHash("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
        let login = Login(user: Array("alice".utf8), password: Array("secret".utf8))
        for text in ["\(hash)", String(reflecting: hash), "\(login)", String(reflecting: login), "\([hash])"] {
            #expect(!text.contains("CCCC") && !text.contains("115"))
        }
        var dumped = ""
        dump(hash, to: &dumped)
        dump(login, to: &dumped)
        #expect(!dumped.contains("CCCC") && !dumped.contains("115"))
    }
}
