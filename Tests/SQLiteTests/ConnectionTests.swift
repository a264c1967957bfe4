import Foundation
import SQLite
import TestSupport
import Testing

@Suite struct ConnectionTests {
    let connection: Connection

    init() throws {
        connection = try Connection(path: ":memory:")
        try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, size INTEGER)")
    }

    private func insert(_ name: String, _ size: Int64?) throws {
        let statement = try connection.prepare("INSERT INTO t (name, size) VALUES (?, ?)")
        try statement.bind(name, at: 1)
        try statement.bind(size, at: 2)
        try statement.run()
    }

    @Test("text and integers come back as they went in, NULL as nil and empty text as empty text")
    func roundTrip() throws {
        try insert("é\u{0}x", .max)
        try insert("", nil)
        let statement = try connection.prepare("SELECT name, size, typeof(name) FROM t ORDER BY id")
        var rows: [(String, Int64?, String)] = []
        try statement.forEachRow { rows.append(($0.text(0), $0.integer(1), $0.text(2))) }
        #expect(rows.map(\.0) == ["é\u{0}x", ""])
        #expect(rows.map(\.1) == [.max, nil])
        #expect(rows.map(\.2) == ["text", "text"])
    }

    @Test("a transaction whose body fails leaves nothing behind, and the connection usable")
    func rollback() throws {
        #expect(throws: SQLiteError.self) {
            try connection.transaction { () throws(SQLiteError) in
                try connection.execute("INSERT INTO t (name) VALUES ('kept?')")
                try connection.execute("INSERT INTO t (name) VALUES (NULL)")
            }
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        try connection.transaction { () throws(SQLiteError) in
            try connection.execute("INSERT INTO t (name) VALUES ('kept')")
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
    }

    @Test("errors carry SQLite's code and words")
    func errors() {
        #expect {
            try connection.execute("SELEC 1")
        } throws: { error in
            (error as? SQLiteError)?.code == 1 && "\(error)" == "near \"SELEC\": syntax error (SQLite 1)"
        }
        #expect(throws: SQLiteError.self) { try Connection(path: "/nonexistent/folder/file") }
    }

    @Test("a whole file is read without a trace, whatever its name, and cannot be written to")
    func reading() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a b?c#d%41é:1.db"
        do {
            let connection = try Connection(path: path)
            try connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (7)")
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        do {
            let connection = try Connection(reading: path, isWhole: true)
            #expect(try connection.integer("SELECT x FROM t") == 7)
            #expect(throws: SQLiteError.self) { try connection.execute("DELETE FROM t") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
        #expect(throws: SQLiteError.self) { try Connection(reading: folder.path + "/none.db", isWhole: true) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }

    @Test("a file with a log beside it is read with what the log holds")
    func readingLog() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/t.db"
        let writer = try Connection(path: path)
        try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (7)")
        #expect(try Connection(reading: path, isWhole: false).integer("SELECT x FROM t") == 7)
    }
}
