package import SQLite

/// Puts right checksums on whatever numbers a ledger's file holds, as anybody can who means to deceive. Written from the
/// schema, version 4, and not from the exporter's code.
package enum LedgerSeal {
    private static let stats = [
        "total", "recipients", "attempts", "scheduled", "queued", "sent", "delivered", "read", "undelivered",
        "unaddressable", "failed", "canceled",
    ]
    private static let milestones = [
        "messages", "recipients", "attempts", "sent", "delivered", "read", "undelivered", "unaddressable", "failed",
        "canceled",
    ]
    private static let totals =
        ["operations.seen", "operations.completed", "operations.canceled"] + milestones.map { "gained.\($0)" }
        + milestones.map { "regressions.\($0)" }
        + [
            "operations.expired_unfinished", "coverage_gap.milliseconds", "ledger.recoveries", "operations.held",
            "verdicts.exclusive", "verdicts.cumulative", "operations.contradictions",
        ]
    private static let buckets: [Int64] = [
        1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400, -1, -2,
    ]

    /// Seals the totals and every operation.
    package static func seal(_ connection: Connection) throws(SQLiteError) {
        try connection.transaction { () throws(SQLiteError) in
            try sealState(connection)
            try sealOperations(connection)
        }
    }

    private static func sealState(_ connection: Connection) throws(SQLiteError) {
        let value = { (key: String) throws(SQLiteError) in
            try connection.integer("SELECT value FROM ledger WHERE key = '\(key)'")
        }
        var sum = Sum()
        sum.add(try value("birth_ms"))
        sum.add(try value("retention_edge_ms"))
        sum.add(word: try value("window_is_complete") ?? 0)
        sum.add(try value("reading") ?? 1)
        for key in totals {
            sum.add(word: try connection.integer("SELECT value FROM total WHERE key = '\(key)'") ?? 0)
        }
        for bucket in buckets {
            sum.add(word: try connection.integer("SELECT count FROM duration WHERE bound_s = \(bucket)") ?? 0)
        }
        for status in 0...4 {
            for key in ["operations"] + stats {
                let row = "FROM window WHERE status = \(status) AND key = '\(key)'"
                sum.add(word: try connection.integer("SELECT value \(row)") ?? 0)
            }
        }
        try connection.prepare("SELECT start_ms, end_ms FROM coverage ORDER BY start_ms").forEachRow {
            for column: Int32 in [0, 1] { sum.add(word: $0.integer(column) ?? 0) }
        }
        sum.add(word: try value("birth_certainty") ?? 0)
        try connection.execute("REPLACE INTO ledger (key, value) VALUES ('checksum', \(sum.value))")
    }

    private static func sealOperations(_ connection: Connection) throws(SQLiteError) {
        let columns =
            ["id", "created_ms", "updated_ms", "status", "flags"] + stats + milestones.map { "mark_\($0)" }
            + ["verdict", "older_since_ms", "sent_excess", "delivered_excess", "left_ms"]
        var sums: [(id: String, value: Int64)] = []
        try connection.prepare("SELECT \(columns.joined(separator: ", ")) FROM operation").forEachRow { row in
            sums.append((row.text(0), sum(of: row).value))
        }
        let put = try connection.prepare("UPDATE operation SET checksum = ? WHERE id = ?")
        for (id, value) in sums {
            try put.bind(value, at: 1)
            try put.bind(id, at: 2)
            try put.run()
        }
    }

    private static func sum(of row: Statement) -> Sum {
        let flags = row.integer(4) ?? 0
        var sum = Sum()
        sum.add(row.text(0))
        sum.add(word: row.integer(1) ?? 0)
        sum.add(row.integer(2))
        sum.add(word: row.integer(3) ?? 0)
        for bit: Int64 in [0, 1, 2] { sum.add(word: flags >> bit & 1) }
        for column in 5..<Int32(5 + stats.count) { sum.add(row.integer(column)) }
        let marks = Int32(5 + stats.count)
        let rest = marks + Int32(milestones.count)
        for column in marks..<rest { sum.add(word: row.integer(column) ?? 0) }
        sum.add(row.integer(rest))
        for bit: Int64 in [3, 4, 5] { sum.add(word: flags >> bit & 1) }
        for bit: Int64 in [8, 24] { sum.add(word: flags >> bit & 0xFFFF) }
        sum.add(row.integer(rest + 1))
        for column in [rest + 2, rest + 3] { sum.add(word: row.integer(column) ?? 0) }
        for bit: Int64 in [6, 7] { sum.add(word: flags >> bit & 1) }
        sum.add(row.integer(rest + 4))
        return sum
    }
}

/// The ledger's checksum of a sequence of words.
private struct Sum {
    private(set) var value: Int64 = 0

    mutating func add(word: Int64) {
        let mixed = (UInt64(bitPattern: value ^ word) ^ 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
        value = Int64(bitPattern: mixed ^ mixed >> 32)
    }

    mutating func add(_ number: Int64?) {
        add(word: number == nil ? 0 : 1)
        add(word: number ?? 0)
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(word: Int64(byte)) }
        add(word: Int64(text.utf8.count))
    }
}
