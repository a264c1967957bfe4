import StrictYAML
import Testing

@Suite struct YAMLDocumentTests {
    /// What a file of these tests may say.
    private struct Zoo: Equatable {
        var name: String?
        var open: Bool?
        var size: Int?
        var share: Double?
        var tags: [String]?
        var depth: Int?
        var animals: [String]?
    }

    private func zoo(_ text: String) throws(YAMLFaults) -> Zoo {
        try YAMLDocument.read(text: text, file: "zoo.yml") { top in
            Zoo(
                name: top.text("name"), open: top.boolean("open"), size: top.integer("size", in: 1...9),
                share: top.number("share", in: 0.1...1), tags: top.texts("tags"),
                depth: top.mapping("pool") { $0.integer("depth", in: 0...5) },
                animals: top.mappings("animals") { animal in
                    guard let name = animal.text("name") else {
                        if !animal.has("name") { animal.note("name", "is missing") }
                        return nil
                    }
                    return name
                })
        }
    }

    private func faults(_ text: String) -> [String] {
        do throws(YAMLFaults) {
            _ = try zoo(text)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test("what a file says is read, and what it leaves out or leaves empty is nil")
    func values() throws {
        let full = """
            name: "A: zoo"   # a comment
            open: yes
            size: 7
            share: 0.5
            tags: [a, 12, true]
            pool: {depth: 3}
            animals:
              - name: lion
              - name: 007
            """
        #expect(
            try zoo(full)
                == Zoo(
                    name: "A: zoo", open: true, size: 7, share: 0.5, tags: ["a", "12", "true"], depth: 3,
                    animals: ["lion", "007"]))
        #expect(try zoo("") == Zoo())
        #expect(try zoo("# nothing\n") == Zoo())
        #expect(try zoo("name:\nopen: ~\nsize: null\n") == Zoo())
        #expect(try zoo("name: 'null'\n").name == "null")
    }

    @Test("every fault is told with file, line and key, all at once")
    func allAtOnce() {
        let text = """
            name: [a]
            open: maybe
            size: 12
            share: much
            tags: a
            pool:
              depth: {}
              width: 2
            animals:
              - nam: lion
              - name: tiger
              - bear
            colour: red
            """
        #expect(
            faults(text) == [
                "zoo.yml:1: name: must be a text that is not empty, not a list",
                "zoo.yml:2: open: must be true or false, not \"maybe\"",
                "zoo.yml:3: size: must be a whole number from 1 to 9, not \"12\"",
                "zoo.yml:4: share: must be a number from 0.1 to 1.0, not \"much\"",
                "zoo.yml:5: tags: must be a list, not a single value",
                "zoo.yml:7: pool.depth: must be a whole number from 0 to 5, not a mapping",
                "zoo.yml:8: pool.width: unknown key; known here: depth",
                "zoo.yml:10: animals[0].name: is missing",
                "zoo.yml:10: animals[0].nam: unknown key; known here: name",
                "zoo.yml:12: animals[2]: must be a mapping (name: value), not a single value",
                "zoo.yml:13: colour: unknown key; known here: name, open, size, share, tags, pool, animals",
            ])
    }

    @Test(
        "what is no YAML, or no mapping, is one fault with its line and without the text of the file",
        arguments: [
            (
                "name: a\n  b: c: d\n",
                "zoo.yml:2: is not YAML: mapping values are not allowed in this context"
            ),
            ("name: a\nname: b\n", "zoo.yml:1: is not YAML: name is there twice, here first"),
            ("name: a\n'name': b\n", "zoo.yml:1: is not YAML: name is there twice, here first"),
            (
                "name: a\nsize: 1\nname: b\nsize: 1\n",
                "zoo.yml:1: is not YAML: these are there twice: name, size"
            ),
            ("name: \"a\n", "zoo.yml:2: is not YAML: while scanning a quoted scalar, found unexpected end of stream"),
            ("- a\n", "zoo.yml:1: must be a mapping (name: value), not a list"),
            ("just text", "zoo.yml:1: must be a mapping (name: value), not a single value"),
            (
                "name: a\n---\nname: b\n",
                "zoo.yml:2: is not YAML: expected a single document in the stream, but found another document"
            ),
            ("name: *nobody\n", "zoo.yml:1: is not YAML: found undefined alias"),
            ("name: \u{1}\n", "zoo.yml: is not YAML: control characters are not allowed"),
            (
                "? [a]\n: b\n",
                "zoo.yml:1: a list: unknown key; known here: name, open, size, share, tags, pool, animals"
            ),
        ])
    func syntax(text: String, fault: String) {
        #expect(faults(text) == [fault])
    }

    @Test("a value in a fault is one line, and neither it nor a key is there where it is as long as a secret")
    func oneLine() {
        #expect(
            faults("size: \"1\\n2\\x1b\"\n")
                == ["zoo.yml:1: size: must be a whole number from 1 to 9, not \"1 2 \""])
        #expect(faults("open: me@here\n") == ["zoo.yml:1: open: must be true or false"])
        #expect(
            faults("0123456789abcdef0123456789abcdef: 1\n")
                == ["zoo.yml:1: …: unknown key; known here: name, open, size, share, tags, pool, animals"])
        let long = String(repeating: "x", count: 21)
        #expect(
            faults("open: \(long)\n")
                == ["zoo.yml:1: open: must be true or false"])
    }

    @Test("a value that may be secret is not repeated")
    func unquoted() {
        #expect {
            try YAMLDocument.read(text: "hash: hush\n", file: "f") {
                $0.value("hash", "a bcrypt hash", quoting: false) { _ -> String? in nil }
            }
        } throws: { ($0 as? YAMLFaults)?.faults.map(\.description) == ["f:1: hash: must be a bcrypt hash"] }
    }

    @Test("of a key with a colon in it, which YAML makes of `user:secret`, the part before it is told")
    func colon() {
        #expect(
            faults("{name:secret, animals: [{token:secret}, {name: a, \"b:\\nsecret\": 1}]}\n") == [
                "zoo.yml:1: animals[0].name: is missing",
                "zoo.yml:1: animals[0].token: unknown key; known here: name",
                "zoo.yml:1: animals[1].b: unknown key; known here: name",
                "zoo.yml:1: name: unknown key; known here: name, open, size, share, tags, pool, animals",
            ])
        #expect(
            faults("{name:secret, name:secret}\n") == ["zoo.yml:1: is not YAML: name is there twice, here first"])
    }

    @Test("names of the user's own are all known once they have been asked for")
    func names() throws {
        let users = try YAMLDocument.read(text: "users: {alice: a, '7': b}\n", file: "f") { top in
            top.mapping("users") { users in users.names().map { [$0, users.text($0) ?? ""] } }
        }
        #expect(users == [["alice", "a"], ["7", "b"]])
    }

    @Test("a file that cannot be read is one fault with the system's words")
    func unreadable() {
        #expect {
            try YAMLDocument.read("/nowhere/zoo.yml") { _ in 1 }
        } throws: {
            ($0 as? YAMLFaults)?.faults.map(\.description)
                == ["/nowhere/zoo.yml: cannot be read: No such file or directory"]
        }
    }

    @Test("aliases that stand for more and more of each other are refused, and not followed", arguments: ["", "? "])
    func aliasBomb(key: String) {
        let tens = { (name: String) in "[" + Array(repeating: name, count: 10).joined(separator: ", ") + "]" }
        let levels = (1...11).map { "a\($0): &a\($0) \(tens("*a\($0 - 1)"))\n" }.joined()
        let bomb = "a0: &a0 \(tens("x"))\n\(levels)\(key.isEmpty ? "name: " : key)*a11\n"
        #expect(faults(bomb) == ["zoo.yml:5: is not YAML: \(Self.tooMuch)"])
        let text = String(repeating: "x", count: 500_000)
        #expect(
            faults("name: &n \(text)\ntags: [\(tens("*n").dropFirst())\n") == [
                "zoo.yml:2: is not YAML: \(Self.tooMuch)"
            ])
        #expect(faults("name: a *b*c *d\n# *e *f\n") == [])
    }

    private static let tooMuch = "aliases (*name) stand for too much in all; write out some of it, and less"

    @Test("aliases that are many, and stand for little, are followed")
    func manyAliases() throws {
        let animals = Array(repeating: "*a", count: 5000).joined(separator: ", ")
        #expect(try zoo("animals: [&a {name: lion}, \(animals)]\n").animals?.count == 5001)
    }

    @Test("aliases do not nest deeper than what is written out may")
    func deepAliases() {
        let nested = { (inner: String) in
            String(repeating: "[", count: 60) + inner + String(repeating: "]", count: 60)
        }
        #expect(
            faults("a: &a \(nested("x"))\ntags: \(nested("*a"))\n")
                == ["zoo.yml:2: is not YAML: lists and mappings are nested too deeply"])
    }

    @Test("a merge key takes in a mapping or several: a mapping's own keys win, then those of the first")
    func merge() throws {
        let text = """
            animals:
              - &lion {name: lion}
              - <<: *lion
              - {<<: *lion, name: tiger}
              - {name: bear, <<: [{name: wolf}, *lion]}
              - <<: [{name: fox}, *lion]
              - {<<: [], name: owl}
              - {<<: {}, <<: {name: elk}}
            """
        #expect(try zoo(text).animals == ["lion", "lion", "tiger", "bear", "fox", "owl", "elk"])
        #expect(
            faults("pool: &p {depth: 9}\nanimals: [{<<: *p, name: lion}]\n") == [
                "zoo.yml:1: pool.depth: must be a whole number from 0 to 5, not \"9\"",
                "zoo.yml:1: animals[0].depth: unknown key; known here: name",
            ])
    }

    @Test(
        "a merge key with anything else is refused by its name, and one in quotes is a key like others",
        arguments: ["<<:", "<<: 5", "<<: [{name: a}, 5]", "<<: \"\""])
    func wrongMerge(text: String) {
        #expect(
            faults("name: a\n\(text)\n")
                == ["zoo.yml:2: is not YAML: << takes in a mapping, or a list of them, such as <<: *name"])
        #expect(
            faults("\"<<\": {name: a}\n")
                == ["zoo.yml:1: <<: unknown key; known here: name, open, size, share, tags, pool, animals"])
    }

    @Test(
        "a mark that closes the document says nothing",
        arguments: ["---\n", "...\n", "---\n...\n", "---\n---\n", "--- # the end\n", "...\n# the end\n"])
    func closed(end: String) throws {
        #expect(try zoo("name: lion\n\(end)") == Zoo(name: "lion"))
        #expect(try zoo("\u{FEFF}---\nname: lion\n\(end)") == Zoo(name: "lion"))
    }

    @Test("an alias is what its anchor stands for, which may be a list or a mapping")
    func aliases() throws {
        let text = "name: &n lion\ntags: &t [*n, b]\npool: &p {depth: 3}\nanimals: [{name: *n}]\n"
        #expect(
            try zoo(text) == Zoo(name: "lion", tags: ["lion", "b"], depth: 3, animals: ["lion"]))
        #expect(faults("tags: &t [*t]\n") == ["zoo.yml:1: is not YAML: found undefined alias"])
    }

    @Test("lists nested deeper than anybody would write are refused, not followed until the stack ends")
    func nesting() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(
            faults("name: \(deep)") == ["zoo.yml:1: is not YAML: lists and mappings are nested too deeply"])
    }
}
